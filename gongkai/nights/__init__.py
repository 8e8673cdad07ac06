"""Nights: run, recorded, told."""
