"""A machine that runs gongkai: the files that start it, and what has to be there."""
