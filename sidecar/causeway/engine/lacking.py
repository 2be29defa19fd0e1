"""What a connection has not got holds up many orders: one case names them all, and one success,
or a mapping that was added, sends them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from causeway.canonical.codec import decode, encode
from causeway.engine.context import Context
from causeway.engine.operations import key_of
from causeway.engine.scenes import Scenes
from causeway.errors import MappingMissing
from causeway.flows.again import said_again
from causeway.flows.state import OrderState
from causeway.ledger import cases, deliveries, lacking, orders
from causeway.ledger.lacking import Waiting, Word
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries as delivery_table
from causeway.told import in_shell

KIND = "mapping_missing"
# How often one of those that wait is tried, so that a product added there is noticed by itself.
PROBE_EVERY = timedelta(minutes=15)
_MOST_NAMED = 20
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Lacking:
    """Everything here happens in the caller's transaction."""

    context: Context

    def refused(
        self,
        connection: Connection,
        delivery_id: int,
        name: str,
        error: MappingMissing,
        now: datetime,
    ) -> bool:
        """Note what the delivery waits for; the case of that word names its order too.

        Whether that is news: one that is tried now and then says the same again.
        """
        before = lacking.forget(connection, [delivery_id])
        word = Word(name, error.table, error.value[:LONGEST])
        lacking.note(connection, delivery_id, word, now)
        for concerned in {word, *before}:
            self._tell_case(connection, concerned, now)
        return word not in before

    def ended(self, connection: Connection, ids: Sequence[int], now: datetime) -> None:
        """Deliveries that waited were done: their words are there, so all that wait are sent."""
        for word in lacking.forget(connection, ids):
            self.try_again(connection, lacking.waiting(connection, word), now)
            cases.resolve(connection, [word.case_key], "causeway", now)

    def given_up(self, connection: Connection, delivery_id: int, now: datetime) -> None:
        """It was refused for another reason, or will never be sent: it waits for no word."""
        for word in lacking.forget(connection, [delivery_id]):
            self._tell_case(connection, word, now)

    def try_again(self, connection: Connection, chosen: Sequence[Waiting], now: datetime) -> int:
        """Make them due, in today's words; how many were parked."""
        self._renew(connection, chosen, now)
        lacking.tried(connection, [item.delivery_id for item in chosen], now)
        return sum(deliveries.retry_now(connection, item.delivery_id, now) for item in chosen)

    def probe(self, connection: Connection, now: datetime) -> int:
        """Try one delivery for each word that nobody tried of late; how many that are."""
        count = 0
        for word in lacking.untried_since(connection, now - PROBE_EVERY):
            waiting = lacking.waiting(connection, word)
            if not waiting:  # skipped or cancelled meanwhile
                cases.resolve(connection, [word.case_key], "causeway", now)
            count += self.try_again(connection, waiting[:1], now)
        return count

    def _renew(self, connection: Connection, chosen: Sequence[Waiting], now: datetime) -> None:
        """A mapping that was added since must be in what is sent."""
        scenes = Scenes(self.context, connection)
        for store, order_id in sorted({(item.store, item.order_id) for item in chosen}):
            row = orders.get(connection, store, order_id)
            if row is None:
                continue
            scene = scenes.of(store, row.received_at, ())
            asks = said_again(decode(OrderState, row.state), scene, now)
            fresh = {key_of(store, order_id, ask.suffix): ask for ask in asks}
            ids = [x.delivery_id for x in chosen if (x.store, x.order_id) == (store, order_id)]
            query = select(delivery_table.c.id, delivery_table.c.key).where(
                delivery_table.c.id.in_(ids), delivery_table.c.state == DeliveryState.PARKED.value
            )
            for found in connection.execute(query).all():
                if found.key in fresh:
                    connection.execute(
                        update(delivery_table)
                        .where(delivery_table.c.id == found.id)
                        .values(payload=encode(fresh[found.key].payload))
                    )

    def _tell_case(self, connection: Connection, word: Word, now: datetime) -> None:
        waiting = lacking.waiting(connection, word)
        if not waiting:
            cases.resolve(connection, [word.case_key], "causeway", now)
            return
        orders_ = list(dict.fromkeys((item.store, item.number) for item in waiting))
        count = len(orders_)
        who = "1 order waits" if count == 1 else f"{count} orders wait"
        named = ", ".join(f"{store} {number}" for store, number in orders_[:_MOST_NAMED])
        more = f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""
        case = cases.NewCase(
            key=word.case_key,
            kind=KIND,
            title=f"{word.connection} has no {word.table} “{word.word}”: {who}",
            detail=f"Waiting: {named}{more}.",
            remedy=_remedy(word, waiting[0].store),
            connection=word.connection,
        )
        cases.tell(connection, case, now)


def _remedy(word: Word, store: str) -> str:
    end = "One of them is tried every quarter of an hour; once it goes through, all go on."
    if word.table in {"product", "sku"}:
        return (
            f"Add {word.word} at {word.connection}, or say what it is called there: causeway "
            f"mapping add {store} sku {in_shell(word.word)} THEIR_SKU. {end}"
        )
    return f"Add it at {word.connection}, or map it in the connection's settings. {end}"
