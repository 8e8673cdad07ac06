"""What the Datasette hooks call: the served copy, its limits, and the words and figures of the pages."""
