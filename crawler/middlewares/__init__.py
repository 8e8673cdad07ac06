"""Scrapy middlewares; archiving stands right next to the downloader."""
