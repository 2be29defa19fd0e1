"""Part of a sale in processing cancelled: goods taken out of its shipments.

Tryton changes no line of a sale in processing. What its people do is: split the shipment, cancel
the part that is not to be sent, and ignore the exception this leaves. The cancelled shipment bears
the cancellation's key as its reference, so that it is found again; every step works out from what
stands there how much is still to be done, so it does not matter after which of them it broke off.

Only goods are taken off. Their money is given back by the refund.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from causeway.connectors.base import LineQuantity
from causeway.connectors.tryton.client import Record
from causeway.errors import RejectedError

SHIPMENT = "stock.shipment.out"
MOVE = ("state", "quantity", "shipment", "unit", "product", "from_location", "to_location",
        "planned_date", "currency", "unit_price", "company")  # fmt: skip
FIELDS = ("number", "state", "shipment_state", "lines.sequence",
          "lines.product.code", "lines.quantity", "lines.moves_ignored", "lines.moves_recreated",
          *(f"lines.moves.{name}" for name in MOVE), "shipments.state", "shipments.number",
          "shipments.reference", "shipments.moves")  # fmt: skip
LEFT = frozenset({"shipped", "done"})
PACKED = frozenset({"picked", "packed"})
_NONE = Decimal(0)


@dataclass(slots=True)
class Changes:
    """What is still to be written: moves of the goods given up, then less in the others.

    In this order the sale's moves never come to less than the sale, or Tryton would make new ones.
    """

    made: list[Record] = field(default_factory=list)
    reduced: dict[int, Decimal] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)


def too_late(sale: Record, wanted: dict[int, LineQuantity], holder: int) -> str:
    """Which goods left or lie packed already, in words; empty where all may still be taken off."""
    states = {row["id"]: row["state"] for row in sale["shipments"]}
    for line in sale["lines"]:
        asked = wanted.get(line["id"])
        if asked is None:
            continue
        gone = sum((_quantity(move) for move in _active(line, holder)
                    if states.get(shipment_of(move)) in LEFT | PACKED), _NONE)  # fmt: skip
        if _rest(line, asked, holder) < gone:
            return f"{gone.normalize():f} of {asked.sku} left already or are packed"
    return ""


def changes(sale: Record, wanted: dict[int, LineQuantity], holder: int) -> Changes:
    """What is still to be done so that of each line the shipment `holder` has what was asked."""
    found = Changes()
    states = {row["id"]: row["state"] for row in sale["shipments"]}
    for line in sale["lines"]:
        asked = wanted.get(line["id"])
        if asked is not None:
            _of_line(line, asked, holder, states, found)
    return found


def _of_line(
    line: Record, asked: LineQuantity, holder: int, states: dict[int, str], found: Changes
) -> None:
    held = sum((_quantity(move) for move in line["moves"] if shipment_of(move) == holder), _NONE)
    active = _active(line, holder)
    surplus = sum(map(_quantity, active), _NONE) - _rest(line, asked, holder)
    missing = asked.quantity - held
    if missing > 0:
        pattern = next(iter(active or line["moves"]), None)
        if pattern is None:
            raise RejectedError(
                f"nothing of {asked.sku} is to be sent there yet; cancel it by hand there",
                code="unsupported",
            )
        found.made.append(_made(line, pattern, missing))
    for move in active:
        if surplus <= 0 or states.get(shipment_of(move)) in LEFT | PACKED:
            continue
        if _quantity(move) <= surplus:
            found.dropped.add(move["id"])
            surplus -= _quantity(move)
        else:
            found.reduced[move["id"]] = _quantity(move) - surplus
            surplus = _NONE


def lines_of(
    sale: Record, numbers: dict[str, int], lines: tuple[LineQuantity, ...]
) -> dict[int, LineQuantity]:
    """What is asked by the id of the sale's line; our lines know themselves by their place."""
    rows = {row["sequence"]: row for row in sale["lines"]}
    found = {}
    for line in lines:
        row = rows.get(numbers.get(line.order_line_id))
        if row is None or not row["product"] or row["product"]["code"] != line.sku:
            raise RejectedError(
                f"line {line.order_line_id} ({line.sku}) is not in sale {sale['number']} there",
                code="unknown_item",
            )
        found[row["id"]] = line
    return found


def shipment_of(move: Record) -> int:
    """The customer shipment a move is in; 0 for none."""
    model, _, record = str(move["shipment"] or "").partition(",")
    return int(record) if model == SHIPMENT and record else 0


def _active(line: Record, holder: int) -> list[Record]:
    """Moves that send goods or sent them, except those given up under this key."""
    return [move for move in sorted(line["moves"], key=lambda move: -int(move["id"]))
            if move["state"] != "cancelled" and shipment_of(move) != holder]  # fmt: skip


def _rest(line: Record, asked: LineQuantity, holder: int) -> Decimal:
    """How much of the line is still to be sent, or was, once this is done."""
    given_up = sum(
        (_quantity(move) for move in line["moves"]
         if move["state"] == "cancelled" and move["id"] not in line["moves_recreated"]
         and shipment_of(move) != holder), _NONE,
    )  # fmt: skip
    return Decimal(str(line["quantity"])) - given_up - asked.quantity


def _made(line: Record, pattern: Record, quantity: Decimal) -> Record:
    names = ("unit", "product", "from_location", "to_location", "planned_date", "currency",
             "unit_price", "company")  # fmt: skip
    kept = {name: pattern[name] for name in names}
    return {**kept, "quantity": float(quantity), "origin": f"sale.line,{line['id']}"}


def _quantity(move: Record) -> Decimal:
    return Decimal(str(move["quantity"] or 0))
