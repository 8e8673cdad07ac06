"""The pages about portals and crawling name every key, every family and every setting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler import settings
from crawler.families import FAMILIES
from crawler.registry import loading
from crawler.registry.loading import load_portal
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PORTALS = (ROOT / "docs" / "portals.md").read_text(encoding="utf-8")
CRAWLING = (ROOT / "docs" / "crawling.md").read_text(encoding="utf-8")


def test_every_key_of_a_portal_is_documented() -> None:
    table = set(re.findall(r"^\| `(\w+)` \|", PORTALS, re.MULTILINE))
    assert table == set(loading._PORTAL)
    for key in (*loading._LIST, *loading._EXPECTED):
        assert f"`{key}`" in PORTALS


def test_every_family_is_documented() -> None:
    families = (ROOT / "docs" / "families.md").read_text(encoding="utf-8")
    for name, family in FAMILIES.items():
        assert f"`{name}`" in families
        assert all(f"| `{option}` |" in families for option in family.options)


def test_the_example_is_a_portal(tmp_path: Path) -> None:
    lines = PORTALS.partition("write `DATA/portals/NAME.yaml`:\n\n")[2].partition("\n\n")[0].splitlines()
    path = tmp_path / "hexi.yaml"
    path.write_text("\n".join(line.removeprefix("    ") for line in lines), encoding="utf-8")
    portal = load_portal(path)
    assert (portal.id, portal.enabled, portal.hosts) == ("hexi", True, ("zwgk.hexi.gov.cn",))


def test_every_setting_of_ours_is_documented() -> None:
    ours = {name for name in vars(settings) if name.startswith("GONGKAI_")}
    assert ours == set(re.findall(r"^\| `(GONGKAI_\w+)` \|", CRAWLING, re.MULTILINE))
