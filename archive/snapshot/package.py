"""What goes with the CSV files: `datapackage.json`, `SHA256SUMS`, `README.txt`. No time of day enters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from archive.publish.public_tables import Column, Table
    from archive.site_files import TableWords


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """One CSV file.

    Attributes:
        file: its name.
        rows: how many, the header not counted.
        sha256: of its bytes.
        size_bytes: its length.
    """

    file: str
    rows: int
    sha256: str
    size_bytes: int


_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number", "NUMERIC": "number"}


def data_package(
    night: dt.date,
    database_sha256: str,
    written: Sequence[tuple[Table, WrittenTable]],
    words: Mapping[str, TableWords],
) -> str:
    """Describe the files as a Frictionless data package.

    Source: https://specs.frictionlessdata.io/data-package/ and /table-schema/
    """
    package = {
        "profile": "tabular-data-package",
        "name": f"gongkai-{night.isoformat()}",
        "title": "公开 · 政府信息公开年报与政策文件库",
        "version": night.isoformat(),
        "database_sha256": database_sha256,
        "resources": [_resource(table, rows, words.get(table.name)) for table, rows in written],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(table: Table, written: WrittenTable, words: TableWords | None) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": written.file,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": written.size_bytes,
        "hash": f"sha256:{written.sha256}",
        "rows": written.rows,
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
    }
    if words:
        resource |= {"title": words.title, "description": words.description}
    explained = words.columns if words else {}
    schema: dict[str, Any] = {
        "fields": [_field(column, explained) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    schema["foreignKeys"] = [
        {"fields": it.column, "reference": {"resource": it.table.replace("_", "-"), "fields": it.target}}
        for it in table.references
    ]
    return resource | {"schema": schema}


def _field(column: Column, explained: Mapping[str, str]) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    if column.name in explained:
        field["description"] = explained[column.name]
    if column.required:
        field["constraints"] = {"required": True}
    return field


def checksums(digests: Mapping[str, str]) -> str:
    """Write the list that `sha256sum --check` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def readme(night: dt.date, database_sha256: str, written: Sequence[WrittenTable]) -> str:
    """Say in plain words what is here and how to read it."""
    listed = "\n".join(f"  {it.file:<24}{it.rows:>12,}" for it in written)
    return _README.format(night=night.isoformat(), sha256=database_sha256, tables=listed)


_README = """\
公开 · 政府信息公开年报与政策文件库　数据快照　{night}（北京日期）
Gongkai: disclosure reports and policy documents. Data snapshot of the night {night} (Shanghai date).

每个公开数据表一个 CSV 文件，全部行都在，行数与 SHA-256 见 datapackage.json。
Every public table, complete; row counts and digests are in datapackage.json.

{tables}

核对 / check:    sha256sum --check SHA256SUMS
出自 / made of:  gongkai-{sha256}.db

格式 / format
  UTF-8（无 BOM）、RFC 4180、CRLF，首行为列名，按主键排序，值一概原样。
  UTF-8 without a byte order mark, RFC 4180, CRLF, header row, sorted by primary key, values never altered.
  两个逗号之间什么也没有 = 未载（NULL）；两个引号 "" = 空字符串。
  Nothing between commas is NULL (not stated); "" is the empty string.
  数值列（facts.value 等）按所印文字保存，请勿当作浮点数读入后再写回。
  Figures are kept as printed characters; do not read them as floating point and write them back.
  文字中可能有换行、NUL 和以 = 开头的内容；用表格软件打开前请留意。
  Texts may hold line ends, NUL and a leading "="; mind this before opening them in a spreadsheet.
"""
