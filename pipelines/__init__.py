"""Pure functions from bytes and hints to records: no I/O, no Scrapy, no SQL, no clock."""
