"""Working out what each store's catalogue says, and numbering what changed.

What is read and worked out takes long; what is written must not, for whoever takes orders waits
meanwhile. So all is worked out from one view of the ledger first, and then written in a short
transaction, but for the SKUs that were marked anew in between: those are worked out again in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, func, select, update

from causeway.catalog import allocations, figures, grants, held, marks, rails
from causeway.catalog.availability import Hold, known_until
from causeway.catalog.batch import Batch, work_out
from causeway.catalog.figures import Inputs, StoreTerms
from causeway.catalog.marks import Marks
from causeway.catalog.rails import Tally, Verdicts
from causeway.ledger.engine import Ledger, lock_row_of
from causeway.ledger.sql import by_index, take_numbers, upsert
from causeway.ledger.tables import catalog

AT_ONCE = 500
_LOCK = "catalogue"
Terms = Callable[[Connection], Sequence[StoreTerms]]


@dataclass(frozen=True, slots=True)
class _Worked:
    """What some SKUs came to, and the marks and stores it came from."""

    marked: Marks
    stores: Sequence[StoreTerms]
    inputs: Inputs
    batches: list[Batch]


def project_dirty(
    ledger: Ledger, terms: Terms, now: datetime, verdicts: Mapping[str, Verdicts] | None = None
) -> int:
    """Work out up to AT_ONCE marked SKUs for every store; how many were marked.

    `terms` reads the stores as they are; `verdicts` says, by store, what is held of the whole run
    (see `survey`).
    """
    with ledger.read() as connection:
        by_index(connection)
        skus = marks.oldest(connection, AT_ONCE)
        if not skus:
            return 0
        worked = _work_out(connection, skus, terms(connection), now, verdicts or {})
    with ledger.write() as connection:
        by_index(connection)
        lock(connection)
        stores = terms(connection)
        if stores != worked.stores:  # a shop has just asked for the first time
            skus = list(worked.marked)
            _write(connection, _work_out(connection, skus, stores, now, verdicts or {}), now)
            return len(skus)
        # From here on nobody sells of these or confirms them, but behind us.
        grants.lock(connection, list(worked.marked))
        found = marks.of(connection, list(worked.marked))
        again = {sku for sku in worked.marked if found.get(sku) != worked.marked[sku]}
        _write(connection, _without(worked, again), now)
        if marked := [sku for sku in sorted(again) if sku in found]:
            _write(connection, _work_out(connection, marked, stores, now, verdicts or {}), now)
    return len(skus)


def lock(connection: Connection) -> None:
    """Nobody else writes to the catalogue, and no shop begins to share, until this ends."""
    lock_row_of(connection, _LOCK)


def survey(
    connection: Connection, stores: Sequence[StoreTerms], now: datetime, from_rows: int
) -> dict[str, Verdicts]:
    """Look through all that is marked before any of it is shown: does it empty the shelves?

    Nothing when fewer than `from_rows` SKUs are marked. Reads only.
    """
    if marks.count(connection) < from_rows:
        return {}
    by_index(connection)
    tallies = {t.name: Tally(_rows(connection, t.name)) for t in stores}
    if not any(
        any(rails.at_worst(tallies[t.name], marks.count_shown(connection, t.name), t.policy))
        for t in stores
    ):
        return {}
    after = ""
    while skus := marks.after(connection, after, AT_ONCE):
        after = skus[-1]
        inputs = figures.load(connection, skus, _by_category(stores))
        for sku in skus:
            found = figures.stock(inputs, sku, stores)
            for terms in stores:
                was = inputs.shown.get((terms.name, sku))
                tally, stock = tallies[terms.name], found.get(terms.name)
                tally.zeroed += rails.zeroed(was, stock.quantity if stock else None)
                tally.repriced += rails.repriced(was, figures.price(inputs, sku, terms, now))
    return {t.name: tallies[t.name].verdicts(t.policy) for t in stores}


def turning(connection: Connection, now: datetime, most: int = 5000) -> list[str]:
    """SKUs whose price begins or ends by itself and should have by now."""
    query = select(catalog.c.sku).where(catalog.c.turns_at <= now).distinct().limit(most)
    return list(connection.scalars(query))


def _rows(connection: Connection, store: str) -> int:
    query = select(func.count()).select_from(catalog).where(catalog.c.store == store)
    return connection.scalar(query) or 0


def _by_category(stores: Sequence[StoreTerms]) -> bool:
    return any(t.policy.category_buffers for t in stores)


def _work_out(
    connection: Connection,
    skus: Sequence[str],
    stores: Sequence[StoreTerms],
    now: datetime,
    verdicts: Mapping[str, Verdicts],
) -> _Worked:
    marked = marks.of(connection, skus)  # before all else: what changes later is marked later
    inputs = figures.load(connection, skus, _by_category(stores))
    before = held.known(connection, skus)
    return _Worked(marked, stores, inputs, work_out(inputs, skus, stores, now, verdicts, before))


def _without(worked: _Worked, skus: set[str]) -> _Worked:
    if not skus:
        return worked
    marked = {sku: numbers for sku, numbers in worked.marked.items() if sku not in skus}
    batches = [batch.without(skus) for batch in worked.batches]
    return _Worked(marked, worked.stores, worked.inputs, batches)


def _write(connection: Connection, worked: _Worked, now: datetime) -> None:
    marks.take_away(connection, worked.marked)
    for batch in worked.batches:
        _publish(connection, batch, worked.inputs, now)
        held.keep(connection, batch.held, now)
        held.release(connection, batch.released, now)
    allocations.forget(connection, _counted(worked))


def _counted(worked: _Worked) -> list[tuple[str, Hold]]:
    """The holds that the figures of their sources count by now."""
    counted: list[tuple[str, Hold]] = []
    for sku in worked.marked:
        holds = worked.inputs.holds.get(sku)
        known = known_until(worked.inputs.levels.get(sku, [])) if holds else {}
        if holds and known:
            counted += [(sku, hold) for hold in holds if not hold.uncounted(known)]
    return counted


def _publish(connection: Connection, batch: Batch, inputs: Inputs, now: datetime) -> None:
    """Give each row whose figures changed the store's next number, which is what cursors follow."""
    store = batch.terms.name
    if batch.turned:
        connection.execute(_TURNED, [{"of_" + k: v for k, v in r.items()} for r in batch.turned])
    grants.withdraw(connection, store, batch.withdrawn)
    if not batch.changed:
        return
    numbers = take_numbers(connection, f"catalog:{store}", len(batch.changed))
    told: dict[str, tuple[Decimal, int]] = {}
    for seq, row in zip(numbers, batch.changed, strict=True):
        row.update(seq=seq, changed_at=now)
        if row["quantity"] is not None:
            told[row["sku"]] = (max(row["quantity"], Decimal(0)), seq)
    upsert(connection, catalog, batch.changed, ("store", "sku"))
    start = {(store, sku): figures.grant_before(inputs, sku, store) for sku in told}
    grants.tell(connection, store, told, start)


_TURNED = (
    update(catalog)
    .where(catalog.c.store == bindparam("of_store"), catalog.c.sku == bindparam("of_sku"))
    .values(turns_at=bindparam("of_turns_at"))
)
