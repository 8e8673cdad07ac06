"""Where the files of the site stand: the folder `datasette/`, which is no package.

A checkout has it beside the packages. An installed wheel carries it as `gongkai_datasette`. The checkout
comes first: an editable install copies the folder once and would go on showing the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import GongkaiError
from pipelines.knowledge import parse_yaml
from pipelines.metadata.fields import metadata_columns
from pipelines.structs import FrozenStruct

DATABASE = "gongkai"


class SiteFilesMissing(GongkaiError):
    """Neither the checkout's nor the installed folder is there."""


class TableWords(FrozenStruct):
    """What `metadata.yaml` says of one table.

    Attributes:
        title: in Chinese and English.
        description: in Chinese and English.
        columns: the explanation of each column, by name.
    """

    title: str
    description: str
    columns: Mapping[str, str]


def site_folder(beside: Path | None = None) -> Path:
    """Return the folder of metadata, templates, static files and plugins.

    Args:
        beside: where the packages stand; None for where this one does.

    Raises:
        SiteFilesMissing: there is none.
    """
    root = beside or Path(__file__).resolve().parent.parent
    # In site-packages, `datasette` is the library; only ours has a metadata.yaml.
    for name in ("datasette", "gongkai_datasette"):
        if (root / name / "metadata.yaml").is_file():
            return root / name
    raise SiteFilesMissing(
        "the files of the site are not installed", where=root, hint="Install gongkai again"
    )


@cache
def read_site_table(name: str) -> Any:
    """Return what `NAME.yaml` of the site's folder states, read once: nobody may change it."""
    return parse_yaml((site_folder() / f"{name}.yaml").read_text("utf-8"))


def read_metadata(folder: Path) -> dict[str, Any]:
    """Read `metadata.yaml` as Datasette takes it, with the words of the columns that are metadata fields."""
    metadata: dict[str, Any] = parse_yaml((folder / "metadata.yaml").read_text("utf-8"))
    fields = {name: column.words for name, column in metadata_columns().items()}
    metadata["databases"][DATABASE]["tables"]["documents"]["columns"] |= fields
    return metadata


def table_words(metadata: Mapping[str, Any]) -> dict[str, TableWords]:
    """Return what is said of each table and view, by name."""
    tables = metadata["databases"][DATABASE]["tables"]
    return {
        name: TableWords(words["title"], words["description"], words["columns"])
        for name, words in tables.items()
    }
