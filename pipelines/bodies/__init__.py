"""Public bodies: divisions of the country, the names of bodies, the roster, who is who."""
