"""What must hold between the cells of the forms, and whether it does."""
