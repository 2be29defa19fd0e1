"""The pure parts of the Odoo connector: keys, refusals, price rules, scans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.connectors.odoo.keys import external_id, key_of, parts_of
from causeway.connectors.odoo.refusals import meaning, of_messages
from causeway.connectors.odoo.rules import Item, Rule, ordered, price_of
from causeway.connectors.scan import OVERLAP, Scan, read
from causeway.errors import CredentialsError, RejectedError, RetryableError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MUG = Item(product=1, template=10, categories=(5, 2), list_price=Decimal(20), cost=Decimal(8))
ALL = Rule(
    applied_on="3_global", compute="percentage", base="list_price", fixed_price=Decimal(0),
    percent=Decimal(10), discount=Decimal(0), surcharge=Decimal(0), round_to=Decimal(0),
    min_margin=Decimal(0), max_margin=Decimal(0), min_quantity=Decimal(0), starts=None, ends=None,
    product=0, template=0, category=0, id=1,
)  # fmt: skip


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_key_as_external_id_can_be_read_back_and_suits_odoo(parts: list[str]) -> None:
    name = external_id(*parts)
    assert parts_of(name) == tuple(parts)
    module, _, rest = name.partition(".")
    assert module == "causeway"
    assert not set(rest) & set(" .,")


@given(st.text(), st.text())
def test_two_keys_never_have_one_external_id(one: str, other: str) -> None:
    assert (external_id(one) == external_id(other)) == (one == other)


@pytest.mark.parametrize("name", [None, False, "", "__import__.x", "base.main_company"])
def test_external_ids_of_others_are_no_keys(name: str | bool | None) -> None:
    assert key_of(name) == ""


@pytest.mark.parametrize(
    ("name", "message", "kind", "code"),
    [
        ("odoo.exceptions.AccessError", "You are not allowed", CredentialsError, ""),
        ("odoo.exceptions.AccessDenied", "Access Denied", CredentialsError, ""),
        ("psycopg2.errors.SerializationFailure", "x", RetryableError, ""),
        ("odoo.exceptions.UserError", "could not serialize access", RetryableError, ""),
        ("odoo.exceptions.UserError", "Already confirmed", RejectedError, "rejected"),
        ("odoo.exceptions.MissingError", "Record does not exist", RejectedError, "deleted"),
        ("odoo.exceptions.UserError", "before the Lock Date", RejectedError, "closed_period"),
        ("builtins.ValueError", "Invalid field 'x'", RejectedError, "server_error"),
    ],
)
def test_odoos_exceptions_are_told_apart(
    name: str, message: str, kind: type[Exception], code: str
) -> None:
    error = meaning(name, message)
    assert type(error) is kind
    assert getattr(error, "code", "") == code


def test_only_the_first_line_of_an_error_is_repeated() -> None:
    assert "secret" not in meaning("odoo.exceptions.UserError", "No.\nsecret detail").reason


def test_a_collision_inside_a_successful_answer_may_be_tried_again() -> None:
    message = {"type": "error", "message": "could not serialize access due to concurrent update"}
    assert isinstance(of_messages([message]), RetryableError)
    assert isinstance(of_messages([{"type": "error", "message": "No match"}]), RejectedError)
    assert isinstance(of_messages([]), RejectedError)


def test_the_most_special_rule_that_fits_gives_the_price() -> None:
    mine = replace(
        ALL, applied_on="0_product_variant", product=1, compute="fixed", fixed_price=Decimal(3)
    )
    later = replace(mine, starts=NOW + timedelta(days=1))
    many = replace(mine, min_quantity=Decimal(12), fixed_price=Decimal(2))
    assert price_of(MUG, ordered([ALL, mine]), NOW) == 3
    assert price_of(MUG, ordered([ALL, later]), NOW) == 18
    assert price_of(MUG, ordered([ALL, many]), NOW) == 18
    assert price_of(MUG, (), NOW) == 20


def test_a_formula_rounds_adds_and_keeps_its_margins() -> None:
    rule = replace(
        ALL, compute="formula", discount=Decimal("12.4"), round_to=Decimal(1),
        surcharge=Decimal("-0.01"),
    )  # fmt: skip
    assert rule.price(MUG) == Decimal("17.99")  # 17.52 rounds to 18
    assert replace(rule, min_margin=Decimal(1)).price(MUG) == 21
    assert replace(rule, base="standard_price", max_margin=Decimal(-2)).price(MUG) == 6


def test_a_rule_for_a_category_holds_for_those_below_it() -> None:
    rule = replace(ALL, applied_on="2_product_category", category=2)
    assert rule.fits(MUG, NOW)
    assert not replace(rule, category=3).fits(MUG, NOW)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**31))
def test_a_cursor_is_read_as_it_was_written(moment: datetime, after: int) -> None:
    scan = Scan(moment, NOW, after)
    assert read(scan.written()) == scan


def test_the_next_scan_begins_before_this_one_did() -> None:
    first = Scan().moved([{"id": 7}], NOW, full=True)
    assert (first.after, first.began) == (7, NOW)
    end = first.moved([], NOW + timedelta(hours=1), full=False)
    assert (end.since, end.after) == (NOW - OVERLAP, 0)


@pytest.mark.parametrize("text", ["x", "a,b,c", "2026-01-01,,1", ",,"])
def test_a_cursor_of_another_feed_is_refused(text: str) -> None:
    with pytest.raises(RejectedError) as refused:
        read(text)
    assert refused.value.code == "bad_cursor"
