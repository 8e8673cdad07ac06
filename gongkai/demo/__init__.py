"""The bundled demo portal: a small web server on loopback, its documents, its planted flaws."""
