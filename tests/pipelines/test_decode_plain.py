"""Plain text: every character kept."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.decoding import decode_plain


@settings(deadline=None, max_examples=100)
@given(text=st.text("甲乙一、1.\t\t\n\n\r 。", min_size=1, max_size=80))
def test_every_character_is_kept(text: str) -> None:
    payload = ("政" + text).encode()
    assert decode_plain(payload).text.encode() == payload
