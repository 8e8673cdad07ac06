"""What the rules of the checks are called: the titles are those of `datasette/strings.yaml`, group `rule`.

A rule that runs over the columns, rows or blocks of a table (`t4.block_total.review`) has the title of its
family and the label that the form prints there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from archive.site_files import site_folder
from gongkai.web.language import half
from gongkai.web.strings import read_strings
from pipelines.forms.catalogue import known_forms, statistics_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.web.strings import Strings
    from pipelines.forms.records import Form

_WITH_LABEL = "{0}：{1} / {0}: {1}"


def rule_title(check_id: str) -> str | None:
    """Return what a rule is called, in the language of the request; None where no title is agreed.

    Args:
        check_id: of a rule, or what the ids of a family begin with (`t4.block_total`).
    """
    family, over = _parted(check_id)
    name = family.replace(".", "_")
    if f"rule.{name}" not in _strings().texts:
        return None
    title = str(_strings().say(f"rule.{name}"))
    return half(_WITH_LABEL).format(title, _labels().get((family, over), over)) if over else title


def _parted(check_id: str) -> tuple[str, str]:
    table, _, rest = check_id.partition(".")
    name, _, over = rest.partition(".")
    return f"{table}.{name}" if name else table, over


@cache
def _strings() -> Strings:
    return read_strings(site_folder())


@cache
def _labels() -> dict[tuple[str, str], str]:
    """Return what is printed where a rule is applied, by its family and the key; of two forms the newer's."""
    return {
        (identity.check, key): label
        for form in (*statistics_forms(), *known_forms())
        for identity in form.identities
        for key, label in _printed(form, identity.table, identity.over)
    }


def _printed(form: Form, table_key: str, over: str) -> Iterator[tuple[str, str]]:
    for table in form.tables:
        for block in table.blocks if table.key == table_key else ():
            if over == "blocks":
                yield block.key or "", block.caption or ""
            else:
                yield from (
                    (one.key, one.label) for one in (block.columns if over == "columns" else block.rows)
                )
