from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.ops import show
from causeway.ops.health import Finding
from causeway.ops.order_queries import Place, place
from causeway.ops.queue_page import where_it_was_raised
from causeway.ops.verdict import of

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)
GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "1 Jul 2026, 12:00:05 UTC"),
        ("Europe/Berlin", "1 Jul 2026, 14:00:05 CEST"),
        ("America/Sao_Paulo", "1 Jul 2026, 09:00:05 UTC-03"),
        ("Asia/Kathmandu", "1 Jul 2026, 17:45:05 UTC+0545"),
    ],
)
def test_a_time_is_told_in_the_zone_and_names_it(zone: str, text: str) -> None:
    assert show.local(NOON, zone) == text


def test_a_time_carries_its_exact_moment_for_machines() -> None:
    when = show.clock(lambda store: "Europe/Berlin")
    assert str(when(NOON, "berlin")) == (
        '<time datetime="2026-07-01T12:00:05Z">1 Jul 2026, 14:00:05 CEST</time>'
    )
    assert "12:00:05 UTC" in when(NOON)
    assert when(None) == "never"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(milliseconds=412), "412 ms"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=3, seconds=12), "3 min 12 s"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, seconds=40), "2 h"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(seconds=-5), "0 ms"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(length: timedelta, text: str) -> None:
    assert show.span(length).replace(GAP, " ") == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "EUR", "1,234.50 EUR"),
        ("4950", "JPY", "4,950 JPY"),
        ("-0.5", "KWD", "-0.500 KWD"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert show.money(Decimal(amount), currency).replace(GAP, " ") == text


def test_a_quantity_has_no_needless_zeros() -> None:
    assert [show.quantity(q) for q in ("2.000", "0.5", "100", "1E+2")] == ["2", "0.5", "100", "100"]


@given(st.emails(), st.text(max_size=20))
def test_no_email_address_passes_the_filter_for_words(address: str, around: str) -> None:
    name = address.partition("@")[0]
    if set(name) & set("\"'(),;:<>") or name != name.strip("\"'(),;:"):
        return
    assert address not in show.plain(f"{around} {address} {around}")


def test_ordinary_words_pass_the_filter_unchanged() -> None:
    words = "SKU @home of 12.5 @ 3 pieces, https://erp.example.org/api says: no."
    assert show.plain(words) == words


@pytest.mark.parametrize("trace", ["", "x", "Traceback\nValueError: erika@example.org"])
def test_what_an_exception_says_is_not_shown(trace: str) -> None:
    assert "erika" not in where_it_was_raised(trace)


def test_where_an_exception_was_raised_is_shown() -> None:
    trace = (
        'Traceback (most recent call last):\n  File "/srv/app/engine/x.py", line 3, in run\n'
        "    call('erika@example.org')\ncauseway.errors.RejectedError: erika@example.org"
    )
    shown = where_it_was_raised(trace)
    assert shown == "engine/x.py:3 in run\ncauseway.errors.RejectedError"


def test_the_verdict_gives_the_worst_as_its_reason() -> None:
    good, look = Finding("deliveries", "pass", "All done."), Finding("pump", "warn", "Silent.")
    bad = Finding("ledger", "fail", "It cannot be used.")
    assert of([good]).reason == "All done."
    assert of([good, look]).reason == "Silent."
    assert of([good, look, bad]).reason == "It cannot be used."
    assert len({of([good]).sentence, of([look]).sentence, of([bad]).sentence}) == 3


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.integers(0, 2**53),
)
def test_a_place_survives_its_way_through_an_address(at: datetime, number: int) -> None:
    assert place(str(Place(at, number))) == Place(at, number)


@given(st.text())
def test_whatever_stands_in_an_address_is_read_as_a_place_or_as_none(text: str) -> None:
    found = place(text)
    assert found is None or place(str(found)) == found
