"""Backup and restore: all that cannot be made again, kept in a folder or at any address that fsspec knows.

    TARGET/files/PATH/START-SHA256       what a file held from a byte on, named by the digest of these bytes
    TARGET/journal/000001-SHA256.json    what each addition brought: paths, digests, lengths, what is gone

An addition counts once its line of the journal stands, written last, after all it names was read back.
Nothing is deleted at the target, and nothing written over but what was never whole. So whatever moment a
backup is killed at, a restore gives the state of the addition before, and the same command goes on.
"""
