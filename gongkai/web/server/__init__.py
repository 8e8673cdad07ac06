"""The served copy behind Datasette: one copy a request, its limits, its headers, its errors."""
