"""Portals as YAML: read, checked in full, and written from what a survey found."""
