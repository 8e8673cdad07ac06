"""What list pages are read with, whatever the family: rows, pagers, what scripts state and ask for."""
