"""OFD files (GB/T 33190): their parts, and their characters and strokes where they stand on each page."""
