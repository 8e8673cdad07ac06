"""What a response is, and what follows from responses for documents and portals."""
