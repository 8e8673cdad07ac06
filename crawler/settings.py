"""Scrapy's settings for this project: settings only, no logic; Scrapy reads each by its name.

What depends on the portal (delay, concurrency, who asks) is set by the spider; what depends on the run
(data directory, contact, clock) comes in through the `GONGKAI_*` settings below.
"""

from scrapy.settings import default_settings

BOT_NAME = "gongkai"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Ours: where and when the run is, who asks. None: from the environment variable of the same name.
GONGKAI_DATA = None
GONGKAI_NOW = None
GONGKAI_CONTACT = None
GONGKAI_CONNECT_TO: dict[str, str] = {}
"""Host → `address:port` on loopback, for portals that only exist on this machine."""
GONGKAI_LOOPBACK_CONCURRENCY = 8

# The rules, for every spider: what they set stands over a spider's own settings and over `-s`.
ADDONS = {"crawler.run.addon.RunAddon": 0}

# What may be asked of a public host. A portal's own delay, and what robots.txt asks for, come on top.
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 6.25
DOWNLOAD_DELAY_JITTER = 0.2
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 6.25

# How much, how long, how often.
DOWNLOAD_MAXSIZE = 64 << 20
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_FAIL_ON_DATALOSS = True
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
# A host that sends 429 is either waited for (crawler/policy/politeness.py) or asked nothing more.
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"

# Only the web, and only through the guard, which verifies certificates whatever Scrapy is told.
TWISTED_DNS_RESOLVER = "crawler.policy.egress.GuardedResolver"
DOWNLOAD_HANDLERS = {
    "http": "crawler.policy.egress.GuardedDownloadHandler",
    "https": "crawler.policy.egress.GuardedDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.outgoing.ScopeMiddleware": 50,
    "crawler.middlewares.outgoing.RobotsMiddleware": 100,
    "crawler.middlewares.outgoing.ConditionalMiddleware": 560,
    "crawler.middlewares.outgoing.ScopedRedirectMiddleware": 600,
    "crawler.middlewares.outgoing.HostCookiesMiddleware": 700,
    # Right next to the downloader: it sees redirects, retries, robots.txt and errors, all as they came.
    "crawler.middlewares.archiving.ArchivingMiddleware": 950,
    # Replaced by those above.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    # A page's wish to be redirected is part of the page; a proxy would step around the guard.
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
}
HTTPPROXY_ENABLED = False

# Nobody looks in from outside while it runs. Turned off, what would let them is loaded all the same, which
# takes half a second; named in EXTENSIONS too.
EXTENSIONS_BASE = {
    name: order
    for name, order in default_settings.EXTENSIONS_BASE.items()
    if not name.startswith(("scrapy.extensions.remote_control.", "scrapy.extensions.telnet."))
}

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
