"""Changes held for a person: one case for each store and rule, with the list of what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from causeway.catalog.rails import RULES
from causeway.catalog.sources import mark_dirty
from causeway.ledger import cases
from causeway.ledger.sql import among, upsert
from causeway.ledger.tables import held_changes

HELD, APPROVED, REFUSED = "held", "approved", "refused"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Held:
    """One figure kept back: `part` is price or stock; `print` says exactly what is held."""

    store: str
    sku: str
    part: str
    rule: str
    was: str
    new: str
    print: str
    state: str = HELD


Key = tuple[str, str, str]


def known(connection: Connection, skus: Sequence[str]) -> dict[Key, Held]:
    """What is or was held of these SKUs, by store, SKU and part."""
    query = select(*[held_changes.c[name] for name in Held.__slots__])
    rows = connection.execute(query.where(among(connection, held_changes.c.sku, skus)))
    return {(row.store, row.sku, row.part): Held(*row) for row in rows}


def passes(found: Held | None, new_print: str) -> bool | None:
    """Whether a person let this very change pass; None: nobody has decided on it."""
    if found is None or found.print != new_print or found.state == HELD:
        return None
    return found.state == APPROVED


def keep(connection: Connection, changes: Sequence[Held], now: datetime) -> None:
    """Hold these; the case of their store and rule says how many there are."""
    rows = [
        {
            **{name: getattr(change, name) for name in Held.__slots__},
            "was": change.was[:120],
            "new": change.new[:120],
            "case_key": case_key(change.store, change.rule),
            "held_at": now,
            "decided_by": None,
        }
        for change in changes
    ]
    upsert(connection, held_changes, rows, ("store", "sku", "part"))
    for store, rule in sorted({(c.store, c.rule) for c in changes}):
        _tell(connection, store, rule, now)


def release(connection: Connection, changes: Sequence[Held], now: datetime) -> None:
    """These are as they should be again, or nothing new: nothing is held of them any more."""
    for change in changes:
        connection.execute(
            delete(held_changes).where(
                held_changes.c.store == change.store,
                held_changes.c.sku == change.sku,
                held_changes.c.part == change.part,
            )
        )
    for store, rule in sorted({(c.store, c.rule) for c in changes}):
        _tell(connection, store, rule, now)


def decide(
    connection: Connection, key: str, approve: bool, by: str, now: datetime, sku: str = ""
) -> list[str]:
    """Let what the case holds pass, or refuse it for as long as it stays as it is; the SKUs.

    With `sku` that one alone; the case stays open for the others.
    """
    mine = (held_changes.c.case_key == key) & (held_changes.c.state == HELD)
    if sku:
        mine &= held_changes.c.sku == sku
    skus = sorted(set(connection.scalars(select(held_changes.c.sku).where(mine))))
    if not skus:
        return []
    connection.execute(
        update(held_changes)
        .where(mine)
        .values(state=APPROVED if approve else REFUSED, decided_by=by[:80])
    )
    mark_dirty(connection, skus, now)
    _, store, rule = key.split(":", 2)
    _tell(connection, store, rule, now, by)
    return skus


def listed(connection: Connection, key: str, limit: int = 200) -> list[Held]:
    """What the case holds now, by SKU."""
    query = select(*[held_changes.c[name] for name in Held.__slots__]).where(
        held_changes.c.case_key == key, held_changes.c.state == HELD
    )
    return [
        Held(*row) for row in connection.execute(query.order_by(held_changes.c.sku).limit(limit))
    ]


def counts(connection: Connection) -> Mapping[str, int]:
    """How many changes each case holds."""
    query = (
        select(held_changes.c.case_key, func.count())
        .where(held_changes.c.state == HELD)
        .group_by(held_changes.c.case_key)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def case_key(store: str, rule: str) -> str:
    return f"held:{store}:{rule}"


def _tell(
    connection: Connection, store: str, rule: str, now: datetime, by: str = "causeway"
) -> None:
    """Open the case, bring its list up to date, or close it when nothing is held any more."""
    key = case_key(store, rule)
    held = (held_changes.c.case_key == key) & (held_changes.c.state == HELD)
    count = connection.scalar(select(func.count()).select_from(held_changes).where(held)) or 0
    if not count:
        cases.resolve(connection, [key], by, now)
        return
    lines = [f"{x.sku}: {x.was} → {x.new}" for x in listed(connection, key, _LISTED)]
    more = f" … and {count - _LISTED} more" if count > _LISTED else ""
    title, remedy = RULES[rule]
    case = cases.NewCase(
        key=key,
        kind=f"held_{rule}"[:40],
        title=f"{store}: {title.lower()} ({count} held)",
        detail="; ".join(lines) + more,
        remedy=f"{remedy} causeway price approve or refuse {key}, or the page Held changes.",
        store=store,
    )
    cases.open_new(connection, [case], now)
    cases.retitle(connection, case)
