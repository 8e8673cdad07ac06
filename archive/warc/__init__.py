"""The evidence: WARC 1.1 writing, reading, verifying (ISO 28500:2017)."""
