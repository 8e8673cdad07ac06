"""What can go wrong in harvesting so that the run, or a portal's part in it, cannot go on."""

from __future__ import annotations

from pipelines.errors import BadConfiguration, GongkaiError


class PortalMismatch(BadConfiguration):
    """A portal's YAML does not say what it must; the message names file, line and field."""


class PortalUnknown(BadConfiguration):
    """No portal has that name."""


class ContactMissing(BadConfiguration):
    """A public host would be asked without saying who asks."""


class CrawlBroken(GongkaiError):
    """The crawling process ended without a result, or could not keep what it fetched."""


class StopListMismatch(BadConfiguration):
    """The stop list cannot be read as one; nothing is crawled until it can."""


class HostStopped(BadConfiguration):
    """A host that is on the stop list would be asked."""
