"""What a response is: fields, codings, charset, type, outcome; what follows for documents and portals."""
