"""The files that an article has attached: found in its markup, named as the page names them.

`finding.find_attachments` is the way in. What is an attachment and what only looks like one is data:
`knowledge/attachments.yaml`.
"""
