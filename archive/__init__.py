"""What is kept: the WARC evidence, the frontier, the derived corpus, published copies and snapshots."""
