"""What we would book against what another connector has booked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from causeway.connectors.base import BookedLine, BookedOrder
from causeway.connectors.comparing import differences
from causeway.connectors.samples import an_order, eur

OURS = an_order()
THEIRS = BookedOrder(
    "7",
    "SO-7",
    OURS.total,
    (BookedLine("MUG-01", Decimal(1)), BookedLine("MUG-01", Decimal(1)),
     BookedLine("BOOK-7", Decimal(1))),
    replace(OURS.shipping, first_name="", last_name="Mustermann, Erika"),
)  # fmt: skip


def test_two_lines_of_a_product_and_a_name_cut_otherwise_are_no_difference() -> None:
    assert differences(OURS, THEIRS) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"total": eur("64.54")}, "total: 64.55 EUR here, 64.54 EUR there"),
        ({"lines": THEIRS.lines[:2]}, "BOOK-7: 1 here, 0 there"),
        ({"lines": (*THEIRS.lines, BookedLine("PEN-1", Decimal(2)))}, "PEN-1: 0 here, 2 there"),
        (
            {"shipping": replace(OURS.shipping, postcode="20095")},
            "postcode of the delivery is another",
        ),
    ],
)
def test_each_difference_is_a_sentence(change: dict[str, Any], told: str) -> None:
    assert differences(OURS, replace(THEIRS, **change)) == (told,)


def test_services_there_that_are_no_products_here_and_a_state_behind_the_city_are_none() -> None:
    service = BookedLine("SHIPPING", Decimal(1), service=True)
    place = replace(OURS.shipping, city="Berlin, DE-BE")
    assert differences(OURS, replace(THEIRS, lines=(*THEIRS.lines, service), shipping=place)) == ()


def test_what_cannot_be_read_is_no_difference() -> None:
    assert differences(OURS, BookedOrder("7", "SO-7", None)) == ()


@pytest.mark.parametrize("street", ["Hauptstr. 1", "HAUPTSTR 1", "Haupt-Str.1"])
def test_the_same_street_written_otherwise_is_the_same(street: str) -> None:
    theirs = replace(THEIRS, shipping=replace(OURS.shipping, address_1=street))
    assert differences(OURS, theirs) == ()


def test_no_difference_tells_where_somebody_lives() -> None:
    theirs = replace(THEIRS, shipping=replace(OURS.shipping, address_1="Geheimweg 9"))
    (told,) = differences(OURS, theirs)
    assert "Geheimweg" not in told
    assert "Hauptstr" not in told
