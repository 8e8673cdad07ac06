"""Recognition: from one address to a portal's entry in the registry.

    address ─▶ survey: asks for pages, one at a time ─▶ fingerprints ─▶ columns ─▶ first list page ─▶ proposal

Pure: a survey yields what it wants to see and is sent what came; who fetches is `crawler.run.plan`.
"""
