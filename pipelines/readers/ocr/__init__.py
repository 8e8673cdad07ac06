"""Pages that are pictures: made straight, their rules and cells found, their characters recognised twice."""
