"""What a PDF file stores for a page: characters, rules, images, in points from the page's top left corner."""
