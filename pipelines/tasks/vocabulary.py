"""The words of assignments, compiled once from `assignments.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from pipelines.knowledge import load_table

_LIST = "、和及与"


class Words(NamedTuple):
    """The patterns by which the parts of an assignment are told apart; all over text without white space."""

    opening: re.Pattern[str]
    lead: re.Pattern[str]
    duty: re.Pattern[str]
    detailed: re.Pattern[str]
    strong: re.Pattern[str]
    body: re.Pattern[str]
    no_bodies: re.Pattern[str]
    remark: re.Pattern[str]
    deadline: re.Pattern[str]
    deadline_behind: re.Pattern[str]
    deadline_before: re.Pattern[str]
    deadline_end: re.Pattern[str]


@cache
def words() -> Words:
    """Return the patterns of prose assignments."""
    table = load_table("assignments")
    strong, weak, adverbs, begins = (table[name] for name in ("strong", "weak", "adverbs", "deadline_begins"))
    assigns = f"牵头|{strong}"
    return Words(
        opening=re.compile(f"^(?:{table['openings']})"),
        lead=re.compile(f"(?P<bodies>.+?){table['leads']}[{_LIST}]?(?P<rest>.*)"),
        duty=re.compile(f"(?P<bodies>.+?)(?P<role>(?:{adverbs}|{strong}|{weak})*(?:{strong}|{weak}))"),
        detailed=re.compile(f"(?P<bodies>.+?)(?:{adverbs})*(?:{strong})[^，；。]{{1,30}}"),
        strong=re.compile(assigns),
        body=re.compile(f"(?:{table['bodies']})$"),
        no_bodies=re.compile(table["no_bodies"]),
        remark=re.compile(table["remarks"]),
        deadline=re.compile(f"{begins}(?!.*(?:{assigns})).*"),
        deadline_behind=re.compile(f"(?P<before>.+?)(?P<deadline>{begins}(?!.*(?:{assigns})).*)"),
        deadline_before=re.compile(f"(?P<deadline>{begins}.{{0,12}}?前)(?:完成)?(?P<rest>由.+)"),
        deadline_end=re.compile(f".*(?:{table['deadline_ends']})"),
    )


@cache
def labels() -> dict[str, str]:
    """Return the meaning of each label, in the names of `assignments.yaml`."""
    table = load_table("assignments")["labels"]
    return {label: meaning for meaning, found in table.items() for label in found}


@cache
def label_pattern() -> re.Pattern[str]:
    """Return the pattern of a label with its colon; white space may part its characters."""
    known = sorted((one for one, meaning in labels().items() if meaning != "task"), key=len, reverse=True)
    spaced = "|".join(r"[ \t\u3000]*".join(label) for label in known)
    return re.compile(rf"(?P<label>{spaced})[ \t\u3000]*[:：]")
