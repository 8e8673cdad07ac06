"""What goes with the tables of a snapshot: `datapackage.json`, `croissant.json`, `SHA256SUMS`, `README.txt`.

No time of day enters.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from archive.snapshot.table_files import WrittenTable, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.publish.public_tables import Column
    from archive.site_files import TableWords


OTHER_FORMS = ("parquet", "xlsx")
"""Beside CSV, by the ends of their names; a package lists their files by these."""


@cache
def _fixed() -> Any:
    return yaml.safe_load(files("archive.snapshot").joinpath("descriptions.yaml").read_text("utf-8"))


def data_package(
    night: str, facts: Mapping[str, Any], written: Sequence[WrittenTable], words: Mapping[str, TableWords]
) -> str:
    """Describe files as a Frictionless data package.

    Args:
        night: whose they are, its date.
        facts: what else is said of them all.
        written: the tables.
        words: what they are, by name.

    Source: https://specs.frictionlessdata.io/data-package/ and /table-schema/
    """
    resources = [_resource(each, words.get(each.table.name)) for each in written]
    named = {"name": f"gongkai-{night}", "version": night}
    return _write_json(_fixed()["package"] | named | dict(facts) | {"resources": resources})


def _write_json(described: Mapping[str, Any]) -> str:
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _resource(written: WrittenTable, words: TableWords | None) -> dict[str, Any]:
    table = written.table
    files = [it.as_described() for it in written.files]
    resource: dict[str, Any] = (
        _fixed()["resource"] | {"name": table.name.replace("_", "-"), "rows": written.rows} | files[0]
    )
    if written.files[0].path.endswith(".gz"):
        resource["compression"] = "gz"
    for form in OTHER_FORMS:
        if held := [it for it in files[1:] if str(it["path"]).endswith(form)]:
            resource[form] = held
    if words:
        resource |= {"title": words.title, "description": words.description}
    explained = words.columns if words else {}
    schema: dict[str, Any] = {
        "fields": [_describe_column(column, explained) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = table.key
    schema["foreignKeys"] = [
        {"fields": it.column, "reference": {"resource": it.table.replace("_", "-"), "fields": it.target}}
        for it in table.references
    ]
    return resource | {"schema": schema}


def _describe_column(column: Column, explained: Mapping[str, str]) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _fixed()["types"][kind_of(column)][0]}
    if column.name in explained:
        field["description"] = explained[column.name]
    # Frictionless does not tell an empty text from one that is missing, even in a part of a key.
    if column.required and column.kind != "TEXT":
        field["constraints"] = {"required": True}
    return field


def croissant(night: str, written: Sequence[WrittenTable], words: Mapping[str, TableWords]) -> str:
    """Describe the Parquet files for programs that look for data sets.

    Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
    """
    named = {"name": f"gongkai-{night}", "version": night.replace("-", "."), "datePublished": night}
    distribution = [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.size_bytes} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file.sha256,
        }
        for file in (each.files[1] for each in written)
    ]
    sets = [_record_set(each, words[each.table.name]) for each in written]
    return _write_json(_fixed()["croissant"] | named | {"distribution": distribution, "recordSet": sets})


def _record_set(written: WrittenTable, words: TableWords) -> dict[str, Any]:
    name = written.table.name
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": words.description,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": words.columns[column.name],
                "dataType": _fixed()["types"][kind_of(column)][1],
                "source": {"fileObject": {"@id": written.files[1].path}, "extract": {"column": column.name}},
            }
            for column in written.table.columns
        ],
    }


def checksums(digests: Mapping[str, str]) -> str:
    """Write the list that `sha256sum --check` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def readme(night: str, database_sha256: str, written: Sequence[WrittenTable], since: str | None) -> str:
    """Say in plain words what is here and how to read it.

    Args:
        night: whose it is.
        database_sha256: of the copy that it was made of.
        written: the tables of a full set; none where only what changed is here.
        since: the night since which it changed; None where there is none before.
    """
    listed = "\n".join(f"  {each.files[0].path:<32}{each.rows:>12,}" for each in written)
    parts = [_HEAD.format(night=night)]
    if written:
        parts.append(_FULL.format(tables=listed))
    if since:
        parts.append(_CHANGES.format(since=since))
    return "\n".join([*parts, _FORMAT.format(sha256=database_sha256)])


_HEAD = """\
公开 · 政府信息公开年报与政策文件库　数据快照　{night}（北京日期）
Gongkai: disclosure reports and policy documents. Data snapshot of the night {night} (Shanghai date).
"""
_FULL = """\
每个公开数据表一个 CSV 文件、一个 Parquet 文件，全部行都在；较长的 CSV 以 gzip 压缩。
不太大的数据表另有 Excel 文件（XLSX）。
gongkai.db.gz 是最近发布的整个 SQLite 数据库，不予显示的内容已除去，解压后可用 Datasette 打开；
发布以后的访问记录只在各表文件中。
抓取记录另在 captures/，一般用不到。行数与 SHA-256 见 datapackage.json。
Every public table, complete, as CSV (gzip where long) and Parquet; as a workbook (XLSX) where it is not
too large. Row counts and digests are in datapackage.json.
gongkai.db.gz is the whole SQLite database as last published, without what is suppressed; unpacked, Datasette
opens it. Visits since then are in the files of the tables alone.
The log of captures stands apart in captures/: few need it.

{tables}
"""
_CHANGES = """\
changes/ 是 {since} 以来的变动，change 一列：added 新增，removed 删去，before 与 after 为改前与改后。
changes/ holds what changed since {since}: added, removed, and before and after of rows with the same key.
某夜的全部数据 = 此前最近一份全量快照，依次加上各夜变动。
The data of a night are the newest full set before it, with the changes of each night since.
"""
_FORMAT = """\
核对 / check:    sha256sum --check --ignore-missing SHA256SUMS
出自 / made of:  gongkai-{sha256}.db
清单 / manifest: manifest.json (gongkai verify --root, docs/proofs.md)

格式 / format
  UTF-8（无 BOM）、RFC 4180、CRLF，首行为列名，按主键排序，值一概原样。
  UTF-8 without a byte order mark, RFC 4180, CRLF, header row, sorted by primary key, values never altered.
  两个逗号之间什么也没有 = 未载（NULL）；两个引号 "" = 空字符串。
  Nothing between commas is NULL (not stated); "" is the empty string.
  数值列（facts.value 等）按所印文字保存，请勿当作浮点数读入后再写回；region_code 等代码是文字。
  Figures are kept as printed characters; do not read them as floating point and write them back.
  Codes are texts.
  文字中可能有换行、NUL 和以 = 开头的内容；用表格软件打开前请留意。
  Texts may hold line ends, NUL and a leading "="; mind this before opening them in a spreadsheet.
"""
