"""What reports state, as one JSON object: run in a process of its own where other forms are known.

python -m tests.pipelines.forms.stated FILE…   →   {"name": {"form": …, "facts": …, "checks": …, …}}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import GongkaiError


def stated_in(path: Path) -> dict[str, Any]:
    """Return the form, the facts and the checks of a document; the error of one that cannot be read."""
    try:
        reading = read_document(path.read_bytes(), Hints(url=path.as_uri()))
    except GongkaiError as error:
        return {"error": str(error)}
    return {
        "form": reading.form,
        "forms": sorted({fact.form for fact in reading.facts if fact.form}),
        "tables": reading.tables,
        "facts": [repr(fact) for fact in reading.facts],
        "values": {
            f"{fact.table_key} {fact.row_key} {fact.column_key}": fact.value
            for fact in reading.facts
            if fact.row_key and fact.column_key
        },
        "checks": [repr(check) for check in reading.checks],
        "failing": [check.check_id for check in reading.checks if check.outcome == "fail"],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: stated_in(Path(name)) for name in sys.argv[1:]}))
