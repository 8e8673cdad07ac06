"""A program that publishes: `python -m tests.archive.publishing ROOT`."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from archive.data_folder import DataDir
from archive.publish.copy import publish

if __name__ == "__main__":
    publish(DataDir(Path(sys.argv[1])), clock=lambda: dt.datetime.now(dt.UTC))
