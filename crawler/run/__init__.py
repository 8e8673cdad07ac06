"""A run: what its spiders share, and what every spider of this project runs under."""
