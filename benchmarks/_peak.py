"""The most memory that a measured process took, told to who started it."""

from __future__ import annotations

import json
import resource


def tell_peak() -> None:
    """Print the peak memory of this process, or of the largest that it started: resident MB, as JSON."""
    own, children = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps({"peak_mb": round(max(own, children) / 1024, 1)}))
