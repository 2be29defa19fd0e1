"""Doing one delivery: look up if need be, call, and keep what came of it before anything else."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from causeway.connectors.base import RemoteDocument
from causeway.engine import retry
from causeway.engine.context import Context
from causeway.engine.desk import OrderDesk
from causeway.engine.operations import OPERATIONS, Outcome, ref_of
from causeway.errors import ConnectorError
from causeway.flows.facts import DeliveryParked
from causeway.ledger import bindings, cases, connections, deliveries
from causeway.ledger.bindings import Binding, BindingConflictError
from causeway.ledger.deliveries import Attempt, ClaimedDelivery
from causeway.ledger.states import DeliveryState

# A delivery that kills its workers must not do so for ever.
MOST_DEATHS = 3
_STATES = {
    "retry": DeliveryState.WAITING,
    "look_up": DeliveryState.UNKNOWN,
    "park": DeliveryState.PARKED,
}


@dataclass(frozen=True, slots=True)
class Sender:
    context: Context
    rng: random.Random = field(default_factory=random.SystemRandom)

    def send(self, delivery: ClaimedDelivery) -> DeliveryState:
        """Do it, or decide what happens instead. The state the delivery is left in."""
        started, clock = self.context.now(), time.monotonic()
        if delivery.deaths >= MOST_DEATHS:
            verdict = retry.Verdict("park", f"its worker ended {delivery.deaths} times over it")
            return self._failed(delivery, Attempt(started, 0, "park", verdict.reason), verdict)
        try:
            document = self._perform(delivery)
        except Exception as error:  # noqa: BLE001 - whatever it is, the delivery must end somewhere
            if not isinstance(error, ConnectorError):
                self.context.report(error)
            verdict = retry.after(error, delivery.attempts, delivery.uncertain, self.rng)
            attempt = Attempt(started, _since(clock), verdict.action, verdict.reason)
            return self._failed(delivery, attempt, verdict)
        existed = isinstance(document, RemoteDocument) and document.existed
        outcome = "adopted" if existed else "done"
        attempt = Attempt(started, _since(clock), outcome, "")
        try:
            return self._done(delivery, attempt, document)
        except Exception as error:  # noqa: BLE001 - it was done there, and cannot be kept here
            self.context.report(error)
            return self._failed(delivery, attempt, _cannot_keep(error))

    def _perform(self, delivery: ClaimedDelivery) -> Outcome:
        """Never sends again what may have arrived without having looked first."""
        operation = OPERATIONS[delivery.operation]
        connector = self.context.connector(delivery.connection)
        if delivery.uncertain and operation.document:
            found = connector.find(operation.document, delivery.key)
            if found is not None and found.complete:
                return found
        return operation.call(connector, delivery.payload, delivery.key)

    def _done(
        self, delivery: ClaimedDelivery, attempt: Attempt, document: Outcome
    ) -> DeliveryState:
        now = self.context.now()
        operation = OPERATIONS[delivery.operation]
        with self.context.ledger.write() as connection:
            state = DeliveryState.DONE
            if not deliveries.finish(connection, delivery, attempt, state=state, now=now):
                return state  # the lease went to another worker, who finds the document by its key
            if operation.document and isinstance(document, RemoteDocument):
                pair = Binding(
                    delivery.connection,
                    operation.document,
                    delivery.key,
                    document.id,
                    document.number,
                )
                bindings.bind(connection, pair, now)
            cases.resolve(connection, [_case_key(delivery)], "causeway", now)
            fact = operation.fact(ref_of(delivery.key), document, now)
            desk = OrderDesk(self.context)
            desk.apply(connection, delivery.store, delivery.order_id, fact, now)
        return state

    def _failed(
        self, delivery: ClaimedDelivery, attempt: Attempt, verdict: retry.Verdict
    ) -> DeliveryState:
        now = self.context.now()
        uncertain = DeliveryState.UNKNOWN if delivery.uncertain else DeliveryState.WAITING
        state = _STATES.get(verdict.action, uncertain)
        with self.context.ledger.write() as connection:
            kept = deliveries.finish(
                connection,
                delivery,
                attempt,
                state=state,
                now=now,
                due_at=now + timedelta(seconds=verdict.delay),
                reason=verdict.reason,
                counts=verdict.counts,
            )
            if kept and verdict.action == "park":
                self._park(connection, delivery, verdict.reason, now)
            if kept and verdict.action == "pause":
                pause(connection, delivery.connection, verdict.reason, now)
        return state

    def _park(
        self, connection: Connection, delivery: ClaimedDelivery, reason: str, now: datetime
    ) -> None:
        what = OPERATIONS[delivery.operation].words
        case = cases.NewCase(
            key=_case_key(delivery),
            kind="delivery_parked",
            title=f"Order {delivery.order_id}: {delivery.connection} did not take {what}",
            detail=f"{delivery.connection} says: {reason}.",
            remedy="Mend the cause there or in the settings, then retry the delivery.",
            store=delivery.store,
            order_id=delivery.order_id,
            connection=delivery.connection,
            delivery_id=delivery.id,
        )
        cases.open_new(connection, [case], now)
        fact = DeliveryParked(delivery.operation, delivery.connection, reason, now)
        OrderDesk(self.context).apply(connection, delivery.store, delivery.order_id, fact, now)


def _cannot_keep(error: BaseException) -> retry.Verdict:
    """The other side has it, but our books do not take it: sending again mends nothing."""
    if isinstance(error, OperationalError):
        return retry.Verdict("look_up", "the ledger could not be written", 5.0, counts=False)
    if isinstance(error, BindingConflictError):
        return retry.Verdict("park", str(error))
    return retry.Verdict("park", f"an error inside Causeway ({type(error).__name__})")


def pause(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """Stop sending to a connection that refuses our credentials, and say so once."""
    connections.pause(connection, name, reason, now)
    case = cases.NewCase(
        key=pause_key(name),
        kind="connection_paused",
        title=f"Connection {name} is paused",
        detail=f"It says: {reason}. Nothing is lost: its deliveries wait.",
        remedy="Put the right credentials into the settings and restart, then resume it.",
        connection=name,
    )
    cases.open_new(connection, [case], now)


def resume(connection: Connection, name: str, by: str, now: datetime) -> bool:
    """Send to the connection again; False when it was not paused."""
    cases.resolve(connection, [pause_key(name)], by, now)
    return connections.resume(connection, name)


def pause_key(name: str) -> str:
    return f"connection:{name}:paused"


def _case_key(delivery: ClaimedDelivery) -> str:
    return f"delivery:{delivery.connection}:{delivery.key}"


def _since(clock: float) -> int:
    return round((time.monotonic() - clock) * 1000)
