"""The Scrapy project: one spider, one adapter per CMS family, portals as YAML."""
