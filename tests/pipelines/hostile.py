"""Texts made to break: reports of our own, cut, doubled and strewn with what no keyboard has."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ODD = (
    *(
        "\r\n",
        "\r",
        "\n",
        "\n\n\n",
        "\t",
        "\t\t",
        "|",
        "｜",
        " ",
        "\u3000",
        "\u00a0",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
    ),
    *("\u2028", "\u2029", "\u200b", "\u200d", "\u202e", "\ufeff", "\ufffd", "\u0301", "\u3099", "\u20dd"),
    *(
        "\ufe0f",
        "\U000e0100",
        "\U0001f468\u200d\U0001f4bb",
        "\U00020000",
        "\ue000",
        "\U0010ffff",
        "²",
        "③",
        "㎡",
    ),
    *("Ａ", "ﬁ", "⑴", "㈠", "⒈", "½", "𝟙", "**", "##", "__", "〔", "“", "…"),
)
"""Line ends of all kinds, marks that combine, selectors, signs of two code units, cell borders, Markdown."""
HEADINGS = (
    *("一、", "（二）", "(三) ", "4.", "５、", "第六条 ", "第七章 ", "1.1 ", "1.2.3 ", "附件：", "目录\n"),
    *(f"一、{'长' * 120}\n", f"（一）{'题' * 60}。", "1.二十〇", "99、", "百、", "（〇）"),
)
REPORT = (
    "试城市人民政府2024年政府信息公开工作年度报告\n\n本报告的统计期限自2024年1月1日起至2024年12月31日止。\n"
    "一、总体情况\n（一）主动公开。全年公开信息1,204条，同比增长3.5%。\n（二）平台建设\n1.门户网站\n"
    "改版栏目 12 个，占地 30㎡ 的服务大厅对外开放。\n2．新媒体\n开设账号3个；其中微信1个。\n"
    "二、收到和处理政府信息公开申请情况\n申请人\t自然人\t法人\t总计\n本年新收\t12\t3\t15\n上年结转\t0\t\t0\n"
    "（一）予以公开\t7\t2\t9\n\n三、存在的主要问题及改进情况\n"
    "一是队伍薄弱；二是目录陈旧。\n（一）加强培训\n（二）更新目录\n四、其他需要报告的事项\n无。\n"
    "试城市人民政府办公室\n2025年1月20日\n"
)
PLAN = (
    "试城市2024年政务公开工作要点\n各县区人民政府：\n## 一、推进决策公开\n"
    "1. 完善会议开放制度。邀请代表列席会议不少于4次。（市政府办公室牵头，12月底前完成）\n"
    "2. 公开草案。重大决策草案公开征求意见不少于 3 0 日。\n"
    "####二、推进执行公开\n3. 公开清单。\n第一条 为了规范公开，制定本办法。\n第二条 各部门应当按期公开。\n"
)
OURS = (
    REPORT,
    PLAN,
    "",
    "一、",
    "\n",
    "一、甲\n二、乙\n一、甲\n正文\n二、乙\n正文",
    "总体情况 一、甲。" * 40,
)


def fuzzed_texts(seed: int, count: int, sources: Sequence[str] = OURS, longest: int = 700) -> Iterator[str]:
    """Yield texts made from the sources: the same ones for the same seed.

    Args:
        seed: of the chances.
        count: how many.
        sources: what they are cut from.
        longest: how many characters of a source go into one, about.
    """
    chances = random.Random(seed)
    for _ in range(count):
        yield _fuzzed(chances, chances.choice(sources), longest)


def _fuzzed(chances: random.Random, source: str, longest: int) -> str:
    start = chances.randrange(len(source)) if source and chances.random() < 0.7 else 0
    text = source[start : start + longest]
    for _ in range(chances.randrange(1, 9)):
        first = chances.randrange(len(text) + 1)
        last = min(len(text), first + chances.randrange(30))
        inserted = chances.choice(
            (
                chances.choice(ODD),
                chances.choice(ODD) * chances.randrange(1, 4),
                chances.choice(HEADINGS),
                "\n" + chances.choice(HEADINGS),
                text[first:last],
                "",
                chr(chances.choice((chances.randrange(0xD800), chances.randrange(0xE000, 0x110000)))),
            )
        )
        # What stood there goes on, is left out, or comes again.
        text = text[:first] + inserted + text[chances.choice((first, first, last)) :]
    return text
