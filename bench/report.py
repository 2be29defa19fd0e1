"""Rows as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from bench.rows import Row

HEAD = ("measure", "value", "the machine's own limit", "ratio", "bar", "")
WORDS = {"ok": "ok", "missed": "MISSED", "none": "", "failed": "FAILED"}


def table(rows: Sequence[Row]) -> str:
    """One line a row, one more for each further limit; notes and failures below, by name."""
    lines: list[tuple[str, ...]] = [HEAD]
    for row in rows:
        lines.extend(_lines(row))
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    lines.insert(1, tuple("─" * width for width in widths))
    drawn = [_line(line, widths) for line in lines]
    remarks = [f"{row.name}: {text}" for row in rows for text in (row.failure, row.note) if text]
    return "\n".join([*drawn, "", *remarks]).rstrip()


def number(value: float | None, unit: str = "") -> str:
    """Three digits that mean something, or whole thousands."""
    if value is None:
        return "—"
    text = (
        f"{value:,.0f}"
        if abs(value) >= 100
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )
    return f"{text} {unit}".rstrip()


def _lines(row: Row) -> list[tuple[str, ...]]:
    limits = [(f"{number(limit.value, row.unit)}: {limit.what}", number(row.ratio(limit)))
              for limit in row.limits] or [("", "")]  # fmt: skip
    bar = (
        f"{row.bar.sense.replace('>=', '≥').replace('<=', '≤')} {number(row.bar.value)}"
        if row.bar
        else ""
    )
    first = (row.name, number(row.value, row.unit), *limits[0], bar, WORDS[row.verdict])
    return [first, *(("", "", *limit, "", "") for limit in limits[1:])]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
