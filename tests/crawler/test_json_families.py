"""Each dialect and each preset is a folder: the answer as it comes, where it was found, what must be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES, presets
from crawler.families.base import ListPage, PageAt
from tests.crawler.list_cases import first_page

FIXTURES = Path(__file__).parent / "fixtures"
PRESETS = tuple(presets())
FOLDERS = sorted(each for name in ("json_list", *PRESETS) for each in (FIXTURES / name).iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_answer_is_read_as_expected(folder: Path) -> None:
    (answer,) = folder.glob("input.*")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    at = _place(folder.parent.name, expected["at"])
    page = FAMILIES[folder.parent.name].read(answer.read_text(encoding="utf-8"), at)
    assert _as_json(page) == _as_json(ListPage()) | expected["reads"]
    for request in page.next_pages:
        # A page that follows is asked for as the list's first one is.
        assert (request.content_type, request.ajax) == (at.request.content_type, at.request.ajax)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_options_of_a_fixture_have_no_fault(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    family = FAMILIES[folder.parent.name]
    options = {**family.preset, **expected["at"].get("options", {})}
    assert family.fault(options) is None
    assert set(options) <= set(family.options)


def test_every_preset_is_a_family_and_every_option_is_known() -> None:
    for name, preset in presets().items():
        assert dict(FAMILIES[name].preset) == preset.options
        assert set(preset.options) <= set(FAMILIES["json_list"].options)
        assert all(isinstance(value, str) and value for value in preset.options.values())
        assert preset.seen_on


def _place(family: str, written: dict[str, Any]) -> PageAt:
    options = {**FAMILIES[family].preset, **written.get("options", {})}
    first = FAMILIES[family].first_request(written["list_url"], options)
    request = replace(first, **written.get("request", {}))
    return PageAt(request.url, request, written["list_url"], options)


def _as_json(page: ListPage) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(msgspec.to_builtins(page)))
    read["links"] = [[link.url, link.title, link.date] for link in page.links]
    read["next_pages"] = [[request.url, request.body] for request in page.next_pages]
    return read


def test_shell_asks_for_its_interface_only_once() -> None:
    """An interface that answers with its page again must not be asked for without end."""
    gkmlpt = FAMILIES["gkmlpt"]
    list_url = "http://www.hexi.gov.cn/gkmlpt/index#7"
    page = "<script>window._CONFIG = {SID: '1'};</script>"
    first = first_page(list_url, gkmlpt.preset)
    first = replace(first, request=gkmlpt.first_request(list_url, gkmlpt.preset))
    shell = gkmlpt.read(page, first)
    (interface,) = shell.next_pages
    assert shell.is_shell
    again = gkmlpt.read(page, PageAt(interface.url, interface, list_url, gkmlpt.preset))
    assert again == ListPage(unreadable="not_json")
    assert interface == PageRequest("http://www.hexi.gov.cn/gkmlpt/api/all/7?page=1&sid=1")
