"""The front door: what a person or a timer starts. Imports the other packages, never the reverse."""
