"""What stands where on the pages of an OFD: its parts, its characters with their places, its ruled cells."""
