"""Reports made up for the growth benchmark: sentences of the trade's words, with figures, bodies and noise.

Words follow one another at random, so nothing here is a sentence of any document; lengths, the share of
passages with figures, and what repeats are chosen to be like those of real reports. One seed gives one
sequence.
"""

from __future__ import annotations

import random

from pipelines.document import Reading
from pipelines.metadata.fields import Kind, Metadata
from pipelines.text.outline import Passage

PASSAGES = 60
STANDING = 12
"""Of a report's passages, how many stand in every report."""
NOISY = 8
"""How many were seen before but for noise."""
SEEN = 23
"""How many others were seen before; the rest is new."""

_REMEMBERED = 20_000
_TEMPLATES = 400

_TRADE = (
    "公开信息工作政务推进落实加强完善规范管理服务群众发展建设平台网站栏目内容发布更新解读回应关切"
    "热点重点领域项目资金安排执行情况制度机制健全责任任务监督考核培训会议研究部署组织实施方案流程"
    "标准目录基层试点经验做法成效问题改进措施下步打算提升能力水平质量效率渠道方式形式多样及时准确"
    "全面依法有序深入持续稳步扎实积极认真切实充分明显新闻媒体社会舆论引导互动交流咨询投诉建议办理"
    "答复申请登记审查档案文件政策法规条例精神要求目标环境营商改革创新数据共享整合系统技术安全保障"
    "人员专业学习宣传教育医疗卫生养老就业住房交通环保扶贫生态食品药品价格招标采购财政税收审计统计"
    "调查评估结果运用通报整改验收档次窗口大厅热线微信微博公众图表视频问答专题"
)
_WORDS = tuple(_TRADE[start : start + 2] for start in range(0, len(_TRADE), 2))
_BODIES = ("市人民政府", "市教育局", "市财政局", "县人民政府", "市卫生健康委员会", "市司法局", "区管委会")
_UNITS = ("件", "条", "次", "万元", "%", "场", "人次", "篇")


class Reports:
    """Makes reports one after another, remembering a sample of what was said.

    Args:
        seed: of the sequence.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - sample data
        self._templates = [self._words() + "{}" + self._words() + "{}。" for _ in range(_TEMPLATES)]
        self._standing = [self._new() for _ in range(STANDING)]
        self._remembered = [self._new() for _ in range(PASSAGES)]
        self._made = 0

    def next(self, seen: int = SEEN) -> Reading:
        """Return the next report.

        Args:
            seen: how many of its passages were seen before, those left out that stand in every report.
        """
        self._made += 1
        new = [self._new() for _ in range(PASSAGES - STANDING - NOISY - seen)]
        old = self._chance.choices(self._remembered, k=seen)
        noisy = [self._with_noise(text) for text in self._chance.choices(self._remembered, k=NOISY)]
        texts = new + self._standing + old + noisy
        self._chance.shuffle(texts)
        for text in new:
            self._remember(text)
        return Reading(
            metadata=Metadata(
                title=f"第{self._made}号", year=2008 + self._chance.randrange(18), kind=Kind.OTHER
            ),
            passages=tuple(Passage("\n", text, (text[:8],), 1) for text in texts),
            tail="\n",
            encoding="utf-8",
            extractor="plain",
        )

    def _new(self) -> str:
        """Return a passage: 2 in 8 of a template, 3 in 8 with figures and bodies, 3 in 8 mere words."""
        kind = self._chance.randrange(8)
        if kind < 2:
            return self._chance.choice(self._templates).format(self._figure(), self._figure())
        length = 40 + int(360 * self._chance.random() ** 2)
        text = ""
        while len(text) < length:
            text += self._words()
            if kind < 5:
                text += self._figure() if self._chance.random() < 0.6 else self._chance.choice(_BODIES)
            text += self._chance.choice("，，，。；")
        return text[:400].rstrip("，；") + "。"

    def _words(self) -> str:
        return "".join(self._chance.choices(_WORDS, k=self._chance.randint(4, 12)))

    def _figure(self) -> str:
        return f"{self._chance.randrange(10_000)}{self._chance.choice(_UNITS)}"

    def _with_noise(self, text: str) -> str:
        """Drop or double one to three characters that are no digits."""
        for _ in range(self._chance.randint(1, 3)):
            place = self._chance.randrange(len(text))
            if not text[place].isdigit():
                text = text[:place] + text[place] * self._chance.choice((0, 2)) + text[place + 1 :]
        return text

    def _remember(self, text: str) -> None:
        if len(self._remembered) < _REMEMBERED:
            self._remembered.append(text)
        else:
            self._remembered[self._chance.randrange(_REMEMBERED)] = text
