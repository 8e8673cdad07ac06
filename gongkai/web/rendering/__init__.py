"""Values, texts and drawings as a reader sees them: nothing here asks the database."""
