"""Which addresses are a site's own: its host, and the hosts below its domain.

`www.zhengzhou.gov.cn` and `public.zhengzhou.gov.cn` are one site; `www.km.gov.cn` is not a department's at
`rsj.km.gov.cn`, though the other way round it is.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pipelines.addresses import host_key, scope_key

DISCLOSURE_HOSTS = frozenset(
    (
        "public",
        "zwgk",
        "zfxxgk",
        "xxgk",
        "gk",
        "zc",
        "zcwjk",
        "fgk",
        "zfxxgkpt",
        "zwxxgk",
        "gongkai",
        "sousuo",
        "fgj",
    )
)
"""First labels of hosts that hold the portal's own disclosure, not a department's."""

_SHARED = frozenset(
    (
        "gov.cn",
        "com.cn",
        "org.cn",
        "net.cn",
        "edu.cn",
        "ac.cn",
        "cn",
        "com",
        "net",
        "org",
        "test",
        "localhost",
    )
)


def is_own(url: str, home_url: str) -> bool:
    """Tell whether an address belongs to the site of a front page."""
    try:
        host, domain = scope_key(url), scope_key(home_url)
        has_user = urlsplit(url).username is not None
    except ValueError:
        return False
    if has_user:
        return False
    return host == domain or (domain not in _SHARED and host.endswith(f".{domain}"))


def is_one_site(url: str, other: str) -> bool:
    """Tell whether two addresses belong to one site, whichever of them is its front page."""
    return is_own(url, other) or is_own(other, url)


def is_department_host(url: str, home_url: str) -> bool:
    """Tell whether an address stands on a host below the site's that is likely another body's."""
    host, domain = scope_key(url), scope_key(home_url)
    return host != domain and host.removesuffix(f".{domain}").split(".")[-1] not in DISCLOSURE_HOSTS


def front_page(url: str) -> str:
    """Return the address of the front page of the host of an address."""
    return f"{urlsplit(url).scheme}://{host_key(url)}/"
