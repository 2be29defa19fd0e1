"""Results as a table for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from faults.play import Result

HEAD = ("scenario", "ledger", "accepted", "effects", "lost", "duplicated", "reordered", "cases",
        "s to recover", "")  # fmt: skip


def row(result: Result) -> tuple[str, ...]:
    if result.state in ("left out", "pending"):
        return (result.name, result.ledger, *["-"] * 7, f"{result.state}: {result.notes[0]}")
    found = result.count
    figures = (found.accepted, found.effects, found.lost, found.duplicated, found.reordered)
    said = "; ".join([result.state, *result.problems[:3], *result.notes])
    return (result.name, result.ledger, *(str(figure) for figure in figures), str(result.cases),
            f"{result.seconds:.1f}", said)  # fmt: skip


def table(results: Sequence[Result]) -> str:
    rows = [HEAD, *(row(result) for result in results)]
    widths = [max(len(line[i]) for line in rows) for i in range(len(HEAD) - 1)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, [*widths, 0], strict=True))
        ).rstrip()
        for line in rows
    )


def plain(result: Result) -> dict[str, Any]:
    return asdict(result)


def verdict(results: Sequence[Result]) -> str:
    by_state = {
        s: sum(r.state == s for r in results) for s in ("ok", "FAILED", "left out", "pending")
    }
    ran = [r.count for r in results if r.state in ("ok", "FAILED")]
    return (
        f"{by_state['ok']} ok, {by_state['FAILED']} failed, {by_state['left out']} left out, "
        f"{by_state['pending']} pending. {sum(c.accepted for c in ran)} orders accepted, "
        f"{sum(c.lost for c in ran)} effects lost, {sum(c.duplicated for c in ran)} duplicated, "
        f"{sum(c.reordered for c in ran)} reordered."
    )
