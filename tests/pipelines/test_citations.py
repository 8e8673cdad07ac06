"""Document numbers that a text mentions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.citations import find_citations


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param(
            "根据《通知》（国办发〔2017〕47号）要求", ["国办发〔2017〕47号"], id="after an opening bracket"
        ),
        pytest.param("按照云政办〔2018〕77号文件", ["云政办〔2018〕77号"], id="after a verb"),
        pytest.param(
            "落实云政办[2018]77号和临政发(2019)3号",
            ["云政办〔2018〕77号", "临政发〔2019〕3号"],
            id="other brackets",
        ),
        pytest.param("云政〔2018〕77号、云政〔2018〕77号", ["云政〔2018〕77号"], id="each once"),
        pytest.param("〔2018〕77号", [], id="without a body it names no document"),
        pytest.param("国令第707号", [], id="an order has no bracketed year"),
        pytest.param("电话（0371）77号楼", [], id="a bracketed number that is no year"),
        pytest.param("国办发 〔2017〕 047 号", ["国办发〔2017〕47号"], id="white space and leading zeros"),
    ],
)
def test_find_citations(text: str, numbers: list[str]) -> None:
    assert list(find_citations(text)) == numbers


@given(st.text())
def test_every_number_found_stands_in_official_brackets(text: str) -> None:
    assert all("〔" in number and number.endswith("号") for number in find_citations(text))


@given(st.text(alphabet="国办发政云", min_size=1, max_size=6), st.integers(1990, 2030), st.integers(1, 99999))
def test_a_number_alone_is_found_as_it_is(body: str, year: int, serial: int) -> None:
    assert find_citations(f"（{body}〔{year}〕{serial}号）") == (f"{body}〔{year}〕{serial}号",)
