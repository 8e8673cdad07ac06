"""Statutory tables that no rule draws: told by their labels, which the forms print word for word."""
