"""Golden files: a folder for each case, what was fetched beside what must be read from it.

`input.html` or `input.txt` is the payload, byte for byte; `expected.json` the reading. The files are written
by `python -m tests.pipelines.golden --write` and by nothing else, after a look at the diff that it prints.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipelines.decoded import Hints
from pipelines.document import read_document

if TYPE_CHECKING:
    from pipelines.document import Reading
    from pipelines.metadata.fields import Metadata

CASES = Path(__file__).parent
EXPECTED = "expected.json"
_INPUTS = {"input.html": "text/html", "input.txt": "text/plain"}


def case_folders() -> list[Path]:
    """Return the folders of the cases, by name."""
    return sorted(path for path in CASES.iterdir() if path.is_dir() and not path.name.startswith("_"))


def input_of(folder: Path) -> Path:
    """Return the input of a case.

    Raises:
        FileNotFoundError: there is none, or more than one.
    """
    found = [folder / name for name in _INPUTS if (folder / name).is_file()]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder.name} needs one of {', '.join(_INPUTS)}")
    return found[0]


def read_case(folder: Path) -> str:
    """Return the reading of a case's input, as the text of `expected.json`."""
    path = input_of(folder)
    hints = Hints(f"http://portal.gongkai.test/{folder.name}/{path.name}", _INPUTS[path.name])
    reading = read_document(path.read_bytes(), hints)
    return json.dumps(_as_json(reading), ensure_ascii=False, indent=2, default=str) + "\n"


def _as_json(reading: Reading) -> dict[str, object]:
    passages = [
        {"level": p.level, "path": p.heading_path, "lead": p.lead, "raw": p.raw.split("\n")}
        for p in reading.passages
    ]
    return {
        "metadata": _metadata_as_json(reading.metadata),
        "encoding": reading.encoding,
        "extractor": reading.extractor,
        "notes": reading.notes,
        "passages": passages,
        "tail": reading.tail,
    }


def _metadata_as_json(metadata: Metadata) -> dict[str, object]:
    first = ("title", "issuer", "year", "kind")
    row = metadata.as_row() | {"disagreements": msgspec.to_builtins(metadata)["disagreements"]}
    return {**{name: row[name] for name in first}, **row}
