"""The frontier (`crawl.db`): what is to be fetched, what lists showed, what is kept.

targets    what the others deal in: addresses, links, requests for list pages; when an address is due (pure),
           and the next batch of those that are
schedule   the addresses that are fetched again and again, and when each is due
sweeps     walks over lists, page by page
listings   what each list showed when it was last read
outcomes   what an answer is, by itself and beside the page that cannot exist
state      all of these together, captures, acknowledged, and the SQLite file behind it
recovery   all of it made anew from WARC; attachments of articles, on their way to being targets
writer_*   the process that writes WARC and acknowledges here
"""
