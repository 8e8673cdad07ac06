"""What a reader takes away: complete files of tables, views and queries, citations, feeds."""
