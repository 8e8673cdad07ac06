"""The derived corpus: its schema, its one writer, its links."""
