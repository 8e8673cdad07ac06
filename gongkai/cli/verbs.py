"""Verbs that are imported when they are called.

Reading and crawling bring large libraries with them; `gongkai status` needs none and answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, cast

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verbs(click.Group):
    """A group whose verbs stand in modules of their own, each imported once it is asked for.

    Attributes:
        places: where each verb is defined, as `module:command`; verbs that are added as usual are kept.
    """

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of their names."""
        return sorted({*super().list_commands(ctx), *self.places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, imported; None where there is none of that name."""
        place = self.places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place.partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))
