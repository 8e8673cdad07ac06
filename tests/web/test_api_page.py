"""The page of the API names what there is, and what it names answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import lxml.html
import pytest
from jsonschema import Draft202012Validator

from archive.site_files import site_folder
from gongkai.web.language import site_strings
from gongkai.web.pages.api_pages import list_routes, write_address
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        (r"^/-/health$", "/-/health"),
        (r"^/-/compare(\.(?P<format>json))?$", "/-/compare.{format}"),
        (r"^/-/export(?:/(?P<name>[^/]+?))?\.(?P<format>excel\.csv|csv)$", "/-/export/{name}.{format}"),
        (r"^/-/a/(?P<file>(?:(?:b|c)/)?[a-z]+(?:\.[a-z]+){1,2}|SUMS)$", "/-/a/{file}"),
    ],
)
def test_an_address_is_its_pattern_without_the_signs(pattern: str, address: str) -> None:
    assert write_address(pattern) == address


def test_every_route_of_data_is_told_in_both_languages(site: Site) -> None:
    from datasette.plugins import pm  # noqa: PLC0415  once the application has loaded its plugins

    routes = [it for found in pm.hook.register_routes(datasette=site.app) for it in found]
    told = list_routes(routes)
    names = {it["name"] for it in told}
    assert names >= {"compare", "search", "export", "feeds", "snapshot_file"}
    templates = site_folder() / "templates"
    for pattern, respond in routes:
        is_shown = (templates / f"{respond.__self__.name}.html").is_file()
        assert respond.__self__.name in names or (is_shown and "<format>" not in pattern), pattern
    for it in told:
        assert f"api.route_{it['name']}" in site_strings(), it
    [export] = [it for it in told if it["name"] == "export"]
    assert export["choices"]["format"] == ["excel.csv", "csv", "json", "xlsx"]


def test_every_table_and_question_of_the_page_answers(site: Site) -> None:
    page = lxml.html.document_fromstring(site.get("/-/api").text)
    links = page.xpath("//td/a[contains(@href, '.json')]/@href")
    assert len(links) > len(questions().queries) + 20
    for link in links:
        assert site.get(link).status_code == 200, link


_NAMED = {"type": "string", "minLength": 1}
_PARAMETER = {
    "type": "object",
    "required": ["name", "in", "schema"],
    "properties": {"name": _NAMED, "in": {"enum": ["path", "query"]}, "schema": {"$ref": "#/$defs/schema"}},
    "if": {"properties": {"in": {"const": "path"}}},
    "then": {"required": ["required"], "properties": {"required": {"const": True}}},
}
_OPERATION = {
    "type": "object",
    "required": ["summary", "parameters", "responses"],
    "properties": {
        "summary": _NAMED,
        "parameters": {"type": "array", "items": _PARAMETER},
        "responses": {"required": ["200"], "additionalProperties": {"required": ["description"]}},
    },
}
OPENAPI = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"pattern": r"^3\.1\.\d+$"},
        "info": {"required": ["title", "version"], "additionalProperties": _NAMED},
        "servers": {"items": {"required": ["url"]}},
        "paths": {
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {"properties": {"get": _OPERATION}},
        },
    },
    "$defs": {
        "schema": {"properties": {"type": {"const": "string"}, "enum": {"minItems": 1, "uniqueItems": True}}}
    },
}
"""What OpenAPI 3.1.1 asks of the parts that are used: sections 4.8.1, 4.8.2, 4.8.8, 4.8.10, 4.8.12."""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_page_tells_is_told_in_openapi(site: Site, language: str) -> None:
    answer = site.get("/-/api.json", lang=language)
    assert answer.headers["content-type"].startswith("application/json")
    told = answer.json()
    assert [it.message for it in Draft202012Validator(OPENAPI).iter_errors(told)] == []
    page = lxml.html.document_fromstring(site.get("/-/api", lang=language).text)
    shown = page.xpath("//td[1]/a/code/text() | //dl[@class='routes']//dt/code/text()")
    assert set(told["paths"]) == {*shown, "/gongkai.json"}
    for address, operations in told["paths"].items():
        parameters = operations["get"]["parameters"]
        assert [it["name"] for it in parameters if it["in"] == "path"] == re.findall(r"{(\w+)}", address)
        names = [it["name"] for it in parameters]
        assert len(set(names)) == len(names), address
    asked = {
        it["name"]: it["description"]
        for it in told["paths"]["/gongkai/refused_most.json"]["get"]["parameters"]
    }
    assert asked["year"] == {"zh": "年度", "en": "Year"}[language]
    assert list(asked) == list(questions().queries["refused_most"].params)


WORD = "没有这样的字"


def test_a_search_of_any_table_answers_or_says_that_it_cannot(site: Site) -> None:
    """Nothing has these characters: where rows come all the same, the search was passed over."""
    tables = site.get("/gongkai.json").json()
    names = [it["name"] for it in (*tables["tables"], *tables["views"]) if not it.get("hidden")]
    refused = set()
    for name in names:
        answer = site.get(f"/gongkai/{name}.json", _search=WORD, _shape="array")
        if answer.status_code == 400:
            assert "cannot be searched" in answer.json()["error"]
            refused.add(name)
            assert site.get(f"/-/export/{name}.csv", _search=WORD).status_code == 400
        else:
            assert (answer.status_code, answer.json()) == (200, []), name
    assert refused
    assert refused.isdisjoint({"documents", "sections", "issuers", "portals", "tasks", "rates_by_report"})


def test_a_search_of_columns_finds_what_holds_the_characters(site: Site) -> None:
    every = site.get("/gongkai/issuers.json", _shape="array", _size="max").json()
    found = site.get("/gongkai/issuers.json", _shape="array", _search="青川").json()
    assert found == [row for row in every if "青川" in f"{row['name']}{row['aliases']}"] != []
    assert "青川市人民政府" in site.get("/gongkai/issuers", _search="青川").text
    assert 'name="_search"' in site.get("/gongkai/issuers").text


def test_a_page_says_that_its_table_cannot_be_searched(site: Site) -> None:
    answer = site.get("/gongkai/facts", _search=WORD)
    assert answer.status_code == 400
    assert "这个表不能按字词检索" in answer.text
