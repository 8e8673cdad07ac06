"""The command line: one module per verb, parsing and printing only."""

from gongkai.cli.group import main

__all__ = ["main"]
