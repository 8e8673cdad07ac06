"""What proves that a document was withdrawn, is back or has moved, written for a reader."""

from __future__ import annotations

import json

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from gongkai.web.language import half
from gongkai.web.values.words import word

_HOW = {
    "redirect": "原址永久转向新址，文字相同 / permanent redirect to the new address, same text",
    "same_text": "原址已不存在，同一文字见于新址 / the old address is gone, same text at the new one",
}


def proof(evidence: str) -> Markup:
    """Return the looks that prove an event, each a link to its capture; nothing for evidence of other kinds.

    Args:
        evidence: of `changes` or `relations`, as it stands in the row.
    """
    stated = json.loads(evidence) if evidence.startswith("{") else {}
    if "looks" not in stated:
        return Markup("")
    looks = escape(half("， / , ")).join(
        Markup('<a href="/gongkai/captures/{}">{}</a> {}').format(
            tilde_encode(look["capture"]), look["night"], word(look["outcome"], "outcome", "captures")
        )
        for look in stated["looks"]
    )
    said = half(_HOW.get(str(stated.get("how"))))
    absent = len({each["night"] for each in stated.get("absent_from", ())})
    nights = half("{} 夜，首尾相距 {} 日 / {} nights, {} days from first to last")
    parts = [said] if said else [nights.format(stated["nights"], stated["days"])]
    unlisted = half("其间有 {} 夜列表中也没有 / not in the list either on {} of these nights")
    parts += [unlisted.format(absent)] if absent else []
    said = half("； / ; ").join(parts) + half("： / : ")
    return Markup("<p>{}{}</p>").format(said, looks)
