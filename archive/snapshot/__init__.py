"""Complete copies of the public tables as files."""
