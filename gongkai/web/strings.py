"""What the pages say: one table, `datasette/strings.yaml`, two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from markupsafe import Markup

from gongkai.web.language import LANGUAGES, current
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class NoSuchString(GongkaiError):
    """A page asks for a string that is not in the table."""


@dataclass(frozen=True, slots=True)
class Strings:
    """The strings of the pages.

    Attributes:
        texts: key → the text in each language, in the order of `LANGUAGES`. Texts may hold HTML and
            `{names}` for values, which are escaped.
    """

    texts: Mapping[str, tuple[str, ...]]

    def say(self, key: str, **values: object) -> Markup:
        """Return a string in the language of the request, its values put in and escaped.

        Integers are written with separators, as figures that we count are.

        Raises:
            NoSuchString: the key is not in the table.
        """
        if key not in self.texts:
            raise NoSuchString("no such string", where=key, hint="Add it to datasette/strings.yaml")
        text = Markup(self.texts[key][LANGUAGES.index(current())])  # noqa: S704 the table is ours
        if "{" not in text:
            return text
        return text.format(**{name: _written(value) for name, value in values.items()})


def _written(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def read_strings(folder: Path) -> Strings:
    """Read `strings.yaml` of the site's folder.

    Raises:
        GongkaiError: a key has not one text for each language.
    """
    path = folder / "strings.yaml"
    groups: dict[str, dict[str, list[str]]] = yaml.safe_load(path.read_text("utf-8"))
    texts = {
        f"{group}.{key}": tuple(halves) for group, keys in groups.items() for key, halves in keys.items()
    }
    for key, halves in texts.items():
        if len(halves) != len(LANGUAGES) or not all(isinstance(text, str) and text for text in halves):
            raise GongkaiError("not one text for each language", where=f"{path.name}: {key}")
    return Strings(texts)
