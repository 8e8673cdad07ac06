"""The flaws that are planted in the demo portal (`flaws.yaml`): what tests assert and docs/demo.md shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gongkai.demo.site import HOST
from pipelines.knowledge import parse_yaml


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an address answers to an unconditional GET from a night on."""

    from_night: int
    status: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """One planted flaw: what tests assert and docs show.

    Attributes:
        id: its name.
        host: the host that shows it.
        target: path with query.
        zh: what it is, in Chinese.
        en: what it is, in English.
        answers: expectations by ascending night, the first from night 1.
        harvested: the outcomes that the crawler records where they are not those of a plain GET, empty for
            an address that it never asks for; None where they are.
        checks: ids of the checks that fail because of it.
        finds: what the corpus should say beyond the capture; empty where nothing is to add.
    """

    id: str
    host: str
    target: str
    zh: str
    en: str
    answers: tuple[Expectation, ...]
    harvested: frozenset[str] | None
    checks: tuple[str, ...]
    finds: str

    def on_night(self, night: int) -> Expectation:
        """Return what is expected on a night."""
        return next(each for each in reversed(self.answers) if each.from_night <= night)


@cache
def flaws() -> tuple[Flaw, ...]:
    """Return every planted flaw in the order of `flaws.yaml`."""
    return tuple(
        Flaw(
            id=entry["id"],
            host=entry.get("host", HOST),
            target=entry["path"],
            zh=entry["zh"],
            en=entry["en"],
            answers=tuple(Expectation(*answer) for answer in entry["answers"]),
            harvested=frozenset(entry["harvested"]) if "harvested" in entry else None,
            checks=tuple(entry.get("checks", ())),
            finds=entry.get("finds", ""),
        )
        for entry in parse_yaml(Path(__file__).with_name("flaws.yaml").read_text(encoding="utf-8"))
    )


def answers_in_words(flaw: Flaw) -> str:
    """Write a flaw's expectations for people: `200 ok; from night 3: 404 gone`."""
    return "; ".join(
        f"{f'from night {each.from_night}: ' if each.from_night > 1 else ''}{each.status} `{each.outcome}`"
        for each in flaw.answers
    )
