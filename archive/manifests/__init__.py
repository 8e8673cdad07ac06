"""Manifests: what was sealed and published, chained, signed and stamped, so that nobody alters it unseen."""
