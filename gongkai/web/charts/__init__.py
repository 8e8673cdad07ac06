"""The geometry of the charts, drawn by macros in `datasette/templates/charts/`; nothing here reads."""
