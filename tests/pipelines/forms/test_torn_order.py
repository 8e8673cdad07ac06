"""A sheet of applications in any order of print is read where one way to cut it makes all sums hold."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_catalogue import form_by_id

(T3,) = (table for table in form_by_id("form_2021").tables if table.key == "t3")
LABELS = {row.key: row.label for row in T3.rows}
NAMES = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计"
SUMS = ("new_requests", "carried_in", "results_total", "carried_out")


def _cells(seed: int, zeros: float) -> list[list[int]]:
    chance = random.Random(seed)
    parts = {
        key: [0 if chance.random() < zeros else chance.randrange(1, 900) for _ in range(6)] for key in LABELS
    }
    results = [sum(parts[key][at] for key in LABELS if key not in SUMS) for at in range(6)]
    parts["results_total"] = results
    parts["carried_in"] = [0] * 6
    parts["new_requests"] = [of + later for of, later in zip(results, parts["carried_out"], strict=True)]
    return [[*row, sum(row)] for row in parts.values()]


def _in_bands(rows: list[list[int]], chance: random.Random) -> list[int]:
    """Return the figures in bands of rows, and of each its columns in parts that stand behind one another."""
    figures: list[int] = []
    while rows:
        high = chance.choice((1, 1, 2, 5, len(rows)))
        band, rows = rows[:high], rows[high:]
        ends = sorted({*chance.sample(range(1, 7), chance.randrange(7)), 7})
        begins = (0, *ends)
        figures += [
            number
            for begin, end in zip(begins, ends, strict=False)
            for row in band
            for number in row[begin:end]
        ]
    return figures


def _read(figures: list[int], labels: list[str]) -> dict[tuple[str | None, str | None], Decimal]:
    lines = ["政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况", *NAMES.split(), *labels]
    lines += [*map(str, figures), "四、政府信息公开行政复议、行政诉讼情况", "无"]
    facts = read_document(
        "\n".join(lines).encode(), Hints("http://www.qingxi.example/a.txt", "text/plain")
    ).facts
    return {
        (fact.row_key, fact.column_key): Decimal(fact.value)
        for fact in facts
        if fact.table_key == "t3" and fact.value is not None
    }


def _numbers(rows: list[list[int]]) -> dict[tuple[str | None, str | None], Decimal]:
    return {
        (key, column.key): Decimal(number)
        for key, row in zip(LABELS, rows, strict=True)
        for column, number in zip(T3.columns, row, strict=True)
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("zeros", [0.3, 0.8])
def test_figures_behind_all_labels_are_read_in_whatever_bands_they_stand(seed: int, zeros: float) -> None:
    rows = _cells(seed, zeros)
    read = _read(_in_bands(rows, random.Random(seed)), [*LABELS.values()])
    # Where most are zeros, some sheets can be cut in several ways.
    assert read == _numbers(rows) or (zeros > 0.5 and not read)


@pytest.mark.parametrize("seed", range(4))
def test_a_sheet_that_lost_or_gained_a_figure_or_a_sum_is_not_read(seed: int) -> None:
    rows = _cells(seed, 0.8)
    figures, labels = _in_bands(rows, random.Random(seed)), [*LABELS.values()]
    assert not _read(figures[1:], labels)
    assert not _read([*figures, 4], labels)
    assert not _read([figures[0] + 1, *figures[1:]], labels)


def test_figures_that_fit_in_two_ways_are_not_read() -> None:
    """A sheet of two cases can be cut so that they are results of other kinds."""
    rows = [[0] * 7 for _ in LABELS]
    order = [*LABELS]
    rows[order.index("disclosed")] = [1, 0, 0, 0, 0, 0, 1]
    rows[order.index("partly_disclosed")] = [1, 0, 0, 0, 0, 0, 1]
    rows[order.index("results_total")] = rows[order.index("new_requests")] = [2, 0, 0, 0, 0, 0, 2]
    read = _read([number for row in rows for number in row], [*LABELS.values()])
    assert not read or read == _numbers(rows)


def test_labels_in_another_order_are_not_given_figures() -> None:
    rows = _cells(1, 0.5)
    labels = [*LABELS.values()]
    labels[4], labels[9] = labels[9], labels[4]
    assert not _read([number for row in rows for number in row], labels)


def test_results_whose_labels_and_figures_disagree_are_not_read() -> None:
    """Two results that change places add up as before; beside their labels stand others."""
    rows = _cells(2, 0.5)
    moved = [*rows[:5], rows[6], rows[5], *rows[7:]]
    lines = [*LABELS.values()]
    for at in (5, 6):
        lines[at] += " " + " ".join(map(str, rows[at]))
    figures = [number for row in (*moved[:5], *moved[7:]) for number in row]
    assert not [key for key, value in _read(figures, lines).items() if _numbers(rows)[key] != value]
