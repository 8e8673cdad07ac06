"""Where on a page one is while going through it: in the article, beside it, in a menu, under which heading.

enter_element ─▶ frame on the stack ─▶ … ─▶ leave_element
note_text     ─▶ labels (附件：, 相关链接) of the block that they head, and the text before a link
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pipelines.attachments.attached import KNOWN, LOOKED_AT
from pipelines.readers.html.elements import BLOCKS, BREAKS, element_words

if TYPE_CHECKING:
    from pipelines.readers.html.elements import Element

# 附件：, 【附件】 and ◆附件下载◆ are one word.
_DRESS = re.compile(r"[\s\u3000\xa0:：\[\]【】［］()（）<>＜＞《》|｜·•■▪◆>＞»→\-—]+")


class Label(Enum):
    """What the nearest heading above says of a list."""

    ATTACHED = "attached"
    RELATED = "related"


@dataclass(slots=True)
class _Frame:
    """An element that is open: what holds in it."""

    element: Element
    in_article: bool
    elsewhere: bool
    attached: bool
    is_link: bool
    label: Label | None = None


class Places:
    """Follows a walk through a page.

    Args:
        article: the element that holds the article; None where that is not known.
    """

    def __init__(self, article: Element | None) -> None:
        self._article = article
        # What holds the article is no menu, whatever it is called.
        self._around = set() if article is None else set(article.iterancestors())
        self._stack: list[_Frame] = []
        self._before: list[str] = []
        self._length = 0

    @property
    def knows_article(self) -> bool:
        """Whether it is known where the article stands."""
        return self._article is not None

    @property
    def in_article(self) -> bool:
        """Whether the walk is inside the article."""
        return self._stack[-1].in_article

    @property
    def is_elsewhere(self) -> bool:
        """Whether the walk is in a menu, a foot, a list of other pages."""
        return self._stack[-1].elsewhere or self.label is Label.RELATED

    @property
    def is_attached(self) -> bool:
        """Whether what surrounds the walk says that attachments stand here."""
        return self._stack[-1].attached or self.label is Label.ATTACHED

    @property
    def label(self) -> Label | None:
        """What the nearest heading says; one outside the article says nothing about what is in it."""
        inside = self._stack[-1].in_article
        for frame in reversed(self._stack[-LOOKED_AT.label_reach :]):
            if inside and not frame.in_article:
                return None
            if frame.label is not None:
                return frame.label
        return None

    @property
    def before(self) -> str:
        """The text before, in the same block, since the last link."""
        return "".join(self._before)

    def enter_element(self, element: Element) -> None:
        """Go into an element."""
        if element.tag in BLOCKS or element.tag in BREAKS:
            self.forget_before()
        outer = self._stack[-1] if self._stack else None
        in_article = element is self._article or (outer is not None and outer.in_article)
        names = element_words(element)
        elsewhere = element not in self._around and (
            element.tag in KNOWN.elsewhere_tags or not KNOWN.elsewhere_words.isdisjoint(names)
        )
        attached = not KNOWN.attached_words.isdisjoint(names) and element not in self._around
        self._stack.append(
            _Frame(
                element,
                in_article,
                elsewhere=elsewhere or (outer is not None and outer.elsewhere),
                attached=attached or (outer is not None and outer.attached),
                is_link=element.tag == "a" and bool(element.get("href")),
            )
        )

    def note_link(self) -> None:
        """Note that the element last entered is a link, whatever its tag."""
        self._stack[-1].is_link = True

    def leave_element(self, element: Element) -> None:
        """Leave an element; the text of a link is not the text before the next."""
        if self._stack.pop().is_link or element.tag in BLOCKS:
            self.forget_before()

    def note_text(self, text: str | None, *, leads_on: bool) -> None:
        """Pass a piece of text.

        Args:
            text: as it stands; None for none.
            leads_on: whether an element follows it in the same element.
        """
        if not text:
            return
        if self._length < LOOKED_AT.before_characters:
            piece = text[: LOOKED_AT.before_characters]
            self._before.append(piece)
            self._length += len(piece)
        if len(text) <= LOOKED_AT.label_text:
            self._note_label(text, leads_on=leads_on)

    def forget_before(self) -> None:
        """Begin anew with the text before."""
        self._before.clear()
        self._length = 0

    def _note_label(self, text: str, *, leads_on: bool) -> None:
        bare = _DRESS.sub("", text)
        if not bare or len(bare) > KNOWN.label_characters:
            return
        if KNOWN.attached_label.fullmatch(bare):
            label = Label.ATTACHED
        elif KNOWN.related_label.fullmatch(bare):
            label = Label.RELATED
        else:
            return
        frame = self._labelled_frame(leads_on=leads_on)
        if frame is not None:
            frame.label = label

    def _labelled_frame(self, *, leads_on: bool) -> _Frame | None:
        """Return the element whose rest a label heads: the one around the block that it ends."""
        # Outwards from where the label stands: inline elements pass, the first block that has a sibling
        # behind it is the label's own, and what is around that block is what it heads.
        for at in range(len(self._stack) - 1, max(-1, len(self._stack) - LOOKED_AT.label_reach), -1):
            frame = self._stack[at]
            if frame.is_link:
                return None  # it leads to such a list
            if frame.element is self._article or at == 0:
                return frame
            if frame.element.tag not in BLOCKS:
                continue
            if frame.element.getnext() is not None:
                return self._stack[at - 1]
            if leads_on:
                return frame
        return None
