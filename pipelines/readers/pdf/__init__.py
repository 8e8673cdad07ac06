"""PDF files: characters, paths and images where they stand on each page, as pdfium tells them."""
