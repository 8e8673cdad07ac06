"""Show how readings differ from the golden files, and write them on `--write`."""

from __future__ import annotations

import argparse
import difflib
import sys

from tests.pipelines.golden import EXPECTED, case_folders, read_case


def main() -> int:
    """Print the differences; return 1 while there are any that were not written."""
    parser = argparse.ArgumentParser(prog="python -m tests.pipelines.golden", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write what is read now as what is expected")
    write = parser.parse_args().write
    differing = 0
    for folder in case_folders():
        golden = folder / EXPECTED
        expected = golden.read_text(encoding="utf-8") if golden.exists() else ""
        found = read_case(folder)
        if found == expected:
            continue
        differing += 1
        lines = difflib.unified_diff(
            expected.splitlines(keepends=True),
            found.splitlines(keepends=True),
            f"{folder.name}: expected",
            f"{folder.name}: read now",
        )
        sys.stdout.writelines(lines)
        if write:
            golden.write_text(found, encoding="utf-8", newline="\n")
    return int(bool(differing) and not write)


if __name__ == "__main__":
    sys.exit(main())
