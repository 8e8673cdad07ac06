"""The parts of reading a page: elements, running text, tables, where the body is, what it says of itself."""
