"""What each page shows: a module with `respond` answers an address; the others hold what pages share."""
