"""Datasette hooks of gongkai; what they call lives in the packages and is tested there."""
