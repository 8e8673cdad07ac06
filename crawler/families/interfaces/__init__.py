"""Interfaces that answer JSON: one reader, told by options what to ask for and where the rows are.

options, with presets filled in ─▶ answer as JSON ─▶ paths ─▶ rows and totals ─▶ the request for the next page
"""
