"""Parts of a word processor's file (ECMA-376, WordprocessingML): text of runs, automatic numbers, tables."""
