"""The count: what the other side's books hold against what the sidecar has accepted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Expected:
    """What an accepted order must lead to: references in the order in which they must arrive.

    `requests` begins the references of its goods at the warehouse, of which there must be one.
    `total` is what its booking must come to, as text.
    """

    order_id: str
    book: str
    total: str
    requests: str = ""
    refunds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document that stands in the books."""

    ref: str
    total: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A write that reached the other side. `worked` when a document came of it."""

    ref: str
    worked: bool


@dataclass(frozen=True, slots=True)
class Count:
    """Figures of a scenario; `problems` are sentences, up to a handful of each kind."""

    accepted: int
    effects: int
    lost: int
    duplicated: int
    reordered: int
    problems: tuple[str, ...] = ()


def count(
    expected: Sequence[Expected],
    documents: Sequence[Document],
    arrivals: Sequence[Arrival],
    with_case: Collection[str] = (),
) -> Count:
    """Lost: an expected document that does not stand, and no open case (`with_case`: order ids)
    tells of it. Duplicated: documents beyond one of a reference, and those nobody asked for.
    Reordered: orders of which something arrived before what must precede it worked.
    """
    standing = Counter(document.ref for document in documents)
    wanted: set[str] = set()
    lost: list[str] = []
    for order in expected:
        found = _wanted(order, standing)
        wanted.update(found)
        if order.order_id not in with_case:
            lost.extend(ref for ref in found if not standing[ref])
    twice = [ref for ref, times in standing.items() for _ in range(times - 1)]
    strays = [ref for ref in standing if ref not in wanted]
    reordered = _reordered(expected, arrivals, standing)
    totals = _other_totals(expected, documents)
    problems = (
        *(f"lost: {ref}" for ref in lost[:5]),
        *(f"stands twice: {ref}" for ref in twice[:5]),
        *(f"nobody asked for: {ref}" for ref in strays[:5]),
        *(f"arrived out of order: {ref}" for ref in reordered[:5]),
        *totals[:5],
    )
    return Count(
        accepted=len(expected),
        effects=len(documents),
        lost=len(lost),
        duplicated=len(twice) + len(strays),
        reordered=len(reordered),
        problems=problems,
    )


def missing(expected: Sequence[Expected], documents: Sequence[Document]) -> int:
    """How many expected documents do not stand yet."""
    standing = Counter(document.ref for document in documents)
    return sum(not standing[ref] for order in expected for ref in _wanted(order, standing))


def _wanted(order: Expected, standing: Mapping[str, int]) -> list[str]:
    """The order's references; of its requests those that stand, or the name of one that lacks."""
    goods = [ref for ref in standing if order.requests and ref.startswith(order.requests)]
    lacking = [f"{order.requests}?"] if order.requests and not goods else []
    return [order.book, *goods[:1], *lacking, *order.refunds]


def _reordered(
    expected: Sequence[Expected], arrivals: Sequence[Arrival], standing: Mapping[str, int]
) -> list[str]:
    came: dict[str, int] = {}
    worked: dict[str, int] = {}
    for position, arrival in enumerate(arrivals):
        came.setdefault(arrival.ref, position)
        if arrival.worked:
            worked.setdefault(arrival.ref, position)
    found = []
    for order in expected:
        goods = [ref for ref in standing if order.requests and ref.startswith(order.requests)]
        line = [order.book, *order.refunds]
        pairs = [*pairwise(line), *((order.book, ref) for ref in goods)]
        late = [b for a, b in pairs if b in came and came[b] < worked.get(a, len(arrivals))]
        found.extend(late[:1])
    return found


def _other_totals(expected: Sequence[Expected], documents: Sequence[Document]) -> list[str]:
    from decimal import Decimal

    totals = {document.ref: document.total for document in documents}
    return [
        f"{order.book} is booked over {totals[order.book]}, not {order.total}"
        for order in expected
        if order.book in totals and Decimal(totals[order.book]) != Decimal(order.total)
    ]
