"""What can go wrong in harvesting so that the run, or a portal's part in it, cannot go on."""

from __future__ import annotations

from pipelines.errors import GongkaiError


class PortalMismatch(GongkaiError):
    """A portal's YAML does not say what it must; the message names file, line and field."""


class PortalUnknown(GongkaiError):
    """No portal has that name."""


class ContactMissing(GongkaiError):
    """A public host would be asked without saying who asks."""


class CrawlBroken(GongkaiError):
    """The crawling process ended without a result, or could not keep what it fetched."""


class StopListMismatch(GongkaiError):
    """The stop list cannot be read as one; nothing is crawled until it can."""


class HostStopped(GongkaiError):
    """A host that is on the stop list would be asked."""
