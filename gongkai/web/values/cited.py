"""How to cite a page that is neither a document nor the answer of a question: a body, a place, a comparison.

Its numbers are counted from the whole copy, so it is cited with the copy that answered.
"""

from __future__ import annotations

import datetime as dt

from markupsafe import Markup

from gongkai.web.exports.citation import Cited, citation
from gongkai.web.language import current


def page_citation(title: str, address: str, sha256: str, night: str | None) -> str:
    """Return the line for a page, in the language of the request.

    Args:
        title: of the page; what is markup already is taken back to text.
        address: absolute, with what was asked.
        sha256: of the published copy that answered.
        night: the Shanghai date of the copy's newest run; None where there is none.
    """
    plain = title.unescape() if isinstance(title, Markup) else title
    on = None if night is None else dt.date.fromisoformat(night)
    return citation(Cited(title=plain, address=address, sha256=sha256, night=on), current())
