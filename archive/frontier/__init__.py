"""The frontier (`crawl.db`): what is to be fetched and when, what lists showed, what is kept.

agenda   when an address is due again (pure)
targets  what the others deal in: addresses, links, requests for list pages
turns    the addresses that are fetched again and again
sweeps   walks over lists, page by page
listings what each list showed when it was last read
attached attachments of articles, on their way to being targets
store    captures, acknowledged
file     the SQLite file behind all of it
fold     all of it made anew from WARC
"""
