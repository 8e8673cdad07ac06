"""Printed pages: words and rules where they stand → lines, paragraphs and tables, whoever read the words."""
