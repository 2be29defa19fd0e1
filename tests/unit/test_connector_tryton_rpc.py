"""Tryton's JSON-RPC: what its answers mean, and part of a sale taken off, worked out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from causeway.connectors.base import LineQuantity
from causeway.connectors.tryton import taking_off
from causeway.connectors.tryton.options import Options
from causeway.connectors.tryton.refusals import Warned, of_rpc
from causeway.connectors.tryton.rpc import _undotted, _with_ids
from causeway.errors import CredentialsError, RejectedError, RetryableError
from tests.real.offices import TRYTON

HOLDER, SHIPMENT = 9, 1


@pytest.mark.parametrize(
    ("error", "kind", "code", "words"),
    [
        (["UserError", ["No such unit.", "", None]], RejectedError, "rejected", "No such unit."),
        (["UserWarning", ["ab12.invoice_taxes", "Taxes.", ""]], Warned, "warning", "invoice_taxes"),
        (["UserError", ['You are not allowed to access "Sale".', "", None]], CredentialsError, "",
         "lacks rights"),
        (["ConcurrencyException", "Records were modified"], RetryableError, "", "changed"),
        (["database is locked", "Traceback: secret"], RetryableError, "", "at the same time"),
        (["'no_such_field'", "Traceback: secret"], RejectedError, "server_error", "no_such_field"),
        (["maximum recursion depth exceeded", ""], RejectedError, "too_large", "recursion"),
        (["UserError", ['To continue, you must reopen the period "2026-01".', "", None]],
         RejectedError, "closed_period", "period is closed"),
    ],
)  # fmt: skip
def test_each_error_has_its_class_and_no_traceback(
    error: list[Any], kind: type[Exception], code: str, words: str
) -> None:
    found = of_rpc(error)
    assert type(found) is kind
    assert getattr(found, "code", "") == code
    assert words in found.reason
    assert "secret" not in found.reason


def test_nested_records_come_as_over_rest() -> None:
    assert _with_ids(("state", "lines.product.code")) == [
        "state", "lines.product.code", "lines.id", "lines.product.id",
    ]  # fmt: skip
    told = {"id": 1, "lines": [2], "lines.": [{"id": 2, "product": 3, "product.": {"id": 3}}]}
    assert _undotted(told) == {"id": 1, "lines": [{"id": 2, "product": {"id": 3}}]}
    assert _undotted({"carrier": None, "carrier.": None}) == {"carrier": None}


@pytest.mark.parametrize(
    ("options", "field"),
    [({"api": "jsonrpc"}, "login"), ({"skip_warnings": ["x"]}, "skip_warnings")],
)
def test_options_that_need_another_are_refused_by_name(options: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Options().load({**TRYTON, **options})
    assert list(refused.value.messages) == [field]


def a_sale(ordered: int, moves: list[tuple[str, int]]) -> dict[str, Any]:
    """One line of `ordered` pieces; each move with its state, in the shipment that goes on."""
    rows = [
        {"id": number, "state": state, "quantity": quantity, "shipment": None, "unit": 1,
         "product": 1, "from_location": 1, "to_location": 2, "planned_date": None,
         "currency": None, "unit_price": None, "company": 1}
        for number, (state, quantity) in enumerate(moves, 1)
    ]  # fmt: skip
    for row in rows:
        row["shipment"] = f"stock.shipment.out,{SHIPMENT}"
    line = {"id": 5, "sequence": 1, "quantity": ordered, "moves": rows, "moves_recreated": [],
            "moves_ignored": [], "product": {"code": "MUG"}}  # fmt: skip
    return {"number": "7", "lines": [line], "shipments": [{"id": SHIPMENT, "state": "draft"}]}


def applied(sale: dict[str, Any], change: taking_off.Changes, steps: int) -> None:
    """The first `steps` writes reach Tryton."""
    (line,) = sale["lines"]
    writes: list[tuple[str, Any]] = [("made", row) for row in change.made]
    writes += [("reduced", pair) for pair in change.reduced.items()]
    writes += [("dropped", move) for move in sorted(change.dropped)]
    for what, value in writes[:steps]:
        if what == "made":
            made = {**value, "id": 90, "state": "draft", "shipment": f"stock.shipment.out,{HOLDER}"}
            line["moves"].append(made)
        elif what == "reduced":
            next(m for m in line["moves"] if m["id"] == value[0])["quantity"] = value[1]
        else:
            line["moves"] = [m for m in line["moves"] if m["id"] != value]


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    data=st.data(),
    breaks_off_after=st.integers(0, 6),
)
def test_after_any_interruption_exactly_what_was_asked_is_taken_off(
    sizes: list[int], data: st.DataObject, breaks_off_after: int
) -> None:
    ordered = sum(sizes)
    off = data.draw(st.integers(1, ordered))
    sale = a_sale(ordered, [("draft", size) for size in sizes])
    wanted = {5: LineQuantity("1", "MUG", Decimal(off))}
    applied(sale, taking_off.changes(sale, wanted, HOLDER), breaks_off_after)
    (line,) = sale["lines"]
    assert sum(Decimal(m["quantity"]) for m in line["moves"]) >= ordered, "or Tryton adds moves"
    applied(sale, taking_off.changes(sale, wanted, HOLDER), 99)
    held = [m for m in line["moves"] if taking_off.shipment_of(m) == HOLDER]
    others = [m for m in line["moves"] if taking_off.shipment_of(m) == SHIPMENT]
    assert sum(Decimal(str(m["quantity"])) for m in held) == off
    assert sum(Decimal(str(m["quantity"])) for m in others) == ordered - off
    again = taking_off.changes(sale, wanted, HOLDER)
    assert again == taking_off.Changes()
