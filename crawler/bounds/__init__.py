"""What is never asked: addresses the public cannot reach, hosts on the stop list, heads without end."""
