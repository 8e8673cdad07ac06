"""Text as documents print it: blocks, headings, passages, the normalised form; the literals of scripts."""
