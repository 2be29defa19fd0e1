"""Taking a person out of what is kept: names, addresses, e-mails go; amounts and ids stay.

Keys, ids and hashes are not touched, so a duplicate that comes later is still a duplicate.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from causeway.ledger.states import DeliveryState, EventState
from causeway.ledger.tables import attempts, cases, deliveries, events, is_unfinished, orders

# WordPress puts this in the place of an erased address (`wp_privacy_anonymize_data`).
ERASED_EMAIL = "deleted@site.invalid"
_PERSONS = frozenset({"billing", "shipping", "recipient", "customer"})
_KEPT = frozenset({"country", "id"})
_WORDS = frozenset(
    {
        "customer_note", "note", "customer_ip_address", "customer_user_agent", "email", "phone",
        "vat_id", "purchase_order", "transaction_id", "reason",
    }
)  # fmt: skip
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
_OVER = (DeliveryState.DONE.value, DeliveryState.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many were rewritten; `waiting` keep what they need until they are done."""

    events: int
    deliveries: int
    waiting: int


def scrub(value: Any, *, person: bool = False) -> Any:
    """The JSON value without anybody in it: its shape, amounts, ids and countries as they were."""
    if isinstance(value, list):
        return [scrub(item, person=person) for item in value]
    if not isinstance(value, dict):
        return "" if person and isinstance(value, str) else value
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "meta_data":
            found[name] = []
        elif name in _WORDS and isinstance(inner, str):
            found[name] = ""
        elif name in _KEPT and not isinstance(inner, dict | list):
            found[name] = inner
        else:
            inside = person or (name in _PERSONS and isinstance(inner, dict))
            found[name] = scrub(inner, person=inside)
    return found


def scrub_text(text: str) -> str:
    """The same for JSON text; empty where it is none."""
    try:
        return json.dumps(scrub(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return ""


def order(connection: Connection, store: str, order_id: str, now: datetime) -> Erased:
    """Take the person out of all that is kept of one order, but for what still has to be sent."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    connection.execute(
        update(orders)
        .where(orders.c.store == store, orders.c.order_id == order_id)
        .values(erased_at=now)
    )
    about = (events.c.source == store, events.c.entity == "order", events.c.entity_id == order_id)
    known = connection.execute(
        select(events.c.seq, events.c.data).where(
            *about, events.c.data != "", events.c.state != EventState.WAITING.value
        )
    ).all()
    for row in known:
        values = {"data": scrub_text(row.data)}
        connection.execute(update(events).where(events.c.seq == row.seq).values(values))
    mine = (deliveries.c.store == store, deliveries.c.order_id == order_id)
    sent = connection.execute(
        select(deliveries.c.id, deliveries.c.payload).where(
            *mine, deliveries.c.payload != "", deliveries.c.state.in_(_OVER)
        )
    ).all()
    for row in sent:
        changed = {"payload": scrub_text(row.payload)}
        connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(changed))
    _words(connection, store, order_id)
    waiting = connection.scalar(
        select(func.count()).select_from(deliveries).where(*mine, is_unfinished(deliveries))
    )
    return Erased(len(known), len(sent), waiting or 0)


def _words(connection: Connection, store: str, order_id: str) -> None:
    """E-mail addresses in what others said about the order."""
    mine = select(deliveries.c.id).where(
        deliveries.c.store == store, deliveries.c.order_id == order_id
    )
    about_case = (cases.c.store == store, cases.c.order_id == order_id)
    for table, column, condition in (
        (deliveries, deliveries.c.reason, deliveries.c.id.in_(mine)),
        (attempts, attempts.c.detail, attempts.c.delivery_id.in_(mine)),
        (cases, cases.c.detail, about_case[0] & about_case[1]),
        (cases, cases.c.title, about_case[0] & about_case[1]),
    ):
        rows = connection.execute(
            select(table.c.id, column.label("said")).where(condition, column.like("%@%"))
        ).all()
        for row in rows:
            said = {column.name: _EMAIL.sub("[erased]", row.said)}
            connection.execute(update(table).where(table.c.id == row.id).values(said))


def customer(connection: Connection, store: str, customer_id: str, before: int = 2**62) -> int:
    """Empty all that was said of one customer's account before event `before`; how many events."""
    done = connection.execute(
        update(events)
        .where(events.c.source == store, events.c.entity == "customer", events.c.data != "")
        .where(events.c.entity_id == customer_id, events.c.state != EventState.WAITING.value)
        .where(events.c.seq < before)
        .values(data="")
    )
    return done.rowcount


def found_by_email(connection: Connection, store: str, email: str) -> tuple[list[str], list[str]]:
    """The ids of the store's orders and customers in which the address stands. Reads everything."""
    wanted = "%" + json.dumps(email.lower(), ensure_ascii=False).replace("%", r"\%") + "%"

    def like(column: Any) -> Any:
        return func.lower(column).like(wanted, escape="\\")

    in_orders = select(orders.c.order_id).where(orders.c.store == store, like(orders.c.state))
    in_events = select(events.c.entity, events.c.entity_id).where(
        events.c.source == store,
        or_(events.c.entity == "order", events.c.entity == "customer"),
        like(events.c.data),
    )
    numbers = {row[0] for row in connection.execute(in_orders)}
    people: set[str] = set()
    for entity, entity_id in connection.execute(in_events.distinct()):
        (numbers if entity == "order" else people).add(entity_id)
    return sorted(numbers), sorted(people)
