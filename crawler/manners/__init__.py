"""How portals are asked: how fast, how much in a night, and when a host is left alone."""
