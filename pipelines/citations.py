"""The document numbers that a text mentions (发文字号: 国办发〔2017〕47号).

Source: 党政机关公文格式 GB/T 9704-2012, 7.2.5: the issuing body's short form, the year in 〔〕, the serial, 号.
"""

from __future__ import annotations

import re

# Brackets met in the wild beside the official 〔〕; the short form of the body stands right before them.
_NUMBER = re.compile(
    r"(?P<body>[\u4e00-\u9fff]{1,12})\s*[〔\[(（﹝［]\s*(?P<year>(?:19|20)\d\d)\s*[〕\])）﹞］]\s*"
    r"(?P<serial>\d{1,5})\s*号"
)

# A body's short form never contains these; they belong to the sentence before it.
_SENTENCE = re.compile(
    r"^.*(?:根据|按照|依据|落实|执行|印发|转发|以下|关于|通知|意见|办法|规定|的|《|》|和|及|与|以|见|为|于)(?=.)"
)


def find_citations(text: str) -> tuple[str, ...]:
    """Return the document numbers in a text, with 〔〕, in order, each once.

    Args:
        text: any prose.

    Returns:
        Numbers such as `国办发〔2017〕47号`. Where no body's short form stands before the bracket,
        nothing is returned for it: 〔2018〕77号 alone names no document.
    """
    found: dict[str, None] = {}
    for match in _NUMBER.finditer(text):
        body = _SENTENCE.sub("", match["body"])
        if body:
            found[f"{body}〔{match['year']}〕{int(match['serial'])}号"] = None
    return tuple(found)
