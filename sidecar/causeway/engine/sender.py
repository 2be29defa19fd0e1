"""Doing one delivery: look up if need be, call, and keep what came of it before anything else."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from causeway.connectors.base import RemoteDocument
from causeway.engine import retry
from causeway.engine.context import Context
from causeway.engine.desk import Change, OrderDesk
from causeway.engine.lacking import Lacking
from causeway.engine.operations import OPERATIONS, Answer, ref_of
from causeway.errors import ConnectorError, MappingMissing
from causeway.flows.facts import DeliveryParked
from causeway.ledger import bindings, cases, connections, deliveries
from causeway.ledger.bindings import Binding, BindingConflictError
from causeway.ledger.deliveries import Attempt, ClaimedDelivery, Finish
from causeway.ledger.engine import lock_rows_of
from causeway.ledger.states import DeliveryState

# A delivery that kills its workers must not do so for ever.
MOST_DEATHS = 3
# What this version does not know is left for a newer one that may run beside it.
LEFT_FOR_NEWER = timedelta(minutes=15)
LOOK_AGAIN_SECONDS = 30.0
NOTHING = retry.Verdict("postpone", "")
_STATES = {
    "retry": DeliveryState.WAITING,
    "look_up": DeliveryState.UNKNOWN,
    "park": DeliveryState.PARKED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one delivery: their document, or the error and what follows from it."""

    delivery: ClaimedDelivery
    attempt: Attempt
    document: Answer | None = None
    verdict: retry.Verdict = NOTHING
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    context: Context
    rng: random.Random = field(default_factory=random.SystemRandom)

    def send(self, delivery: ClaimedDelivery) -> DeliveryState:
        """Do it and keep what came of it. The state the delivery is left in."""
        outcome = self.perform(delivery)
        try:
            return self._keep_alone(outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the delivery must end somewhere
            self.context.report(error)
            return self._keep_alone(self.cannot_keep(outcome, error))

    def perform(self, delivery: ClaimedDelivery) -> Outcome:
        """Call the other side. Touches no ledger and raises nothing."""
        started, clock = self.context.now(), time.monotonic()
        try:
            document = self._call(delivery)
        except Exception as error:  # noqa: BLE001 - it is judged, not handled
            if not isinstance(error, ConnectorError):
                self.context.report(error)
            verdict = retry.after(error, delivery.attempts, delivery.uncertain, self.rng)
            return _failure(delivery, started, clock, verdict, error)
        existed = isinstance(document, RemoteDocument) and document.existed
        word = "adopted" if existed else "done"
        return Outcome(delivery, Attempt(started, _since(clock), word, ""), document)

    def refused(self, delivery: ClaimedDelivery) -> Outcome | None:
        """What becomes of one that is not to be sent at all; None for any other."""
        now, clock = self.context.now(), time.monotonic()
        if delivery.deaths >= MOST_DEATHS:
            verdict = retry.Verdict("park", f"its worker ended {delivery.deaths} times over it")
            return _failure(delivery, now, clock, verdict)
        if delivery.operation in OPERATIONS:
            return None
        reason = f"{delivery.operation!r} is not known to this version"
        if now - delivery.created_at < LEFT_FOR_NEWER:
            verdict = retry.Verdict("postpone", reason, LOOK_AGAIN_SECONDS, counts=False)
        else:
            verdict = retry.Verdict("park", reason)
        return _failure(delivery, now, clock, verdict)

    def keep(self, connection: Connection, outcome: Outcome) -> DeliveryState:
        """Write down what came of it, and what follows, in the caller's transaction."""
        self.keep_all(connection, [outcome])
        return _state_after(outcome)

    def keep_all(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        """As `keep`, for several with a few statements for all of them together.

        Nothing is written of one whose lease went to another worker meanwhile: it finds the
        document by its key.
        """
        now = self.context.now()
        orders = sorted({(o.delivery.store, o.delivery.order_id) for o in outcomes})
        # In one order for all, before any row: nobody waits in a circle.
        lock_rows_of(connection, [f"order:{store}:{order_id}" for store, order_id in orders])
        left = [_left(outcome, now) for outcome in outcomes]
        held = deliveries.finish_all(connection, left, now)
        kept = [outcome for outcome in outcomes if outcome.delivery.id in held]
        self._done(connection, [o for o in kept if o.document is not None], now)
        for outcome in kept:
            if outcome.document is None:
                self._failed(connection, outcome, now)

    def cannot_keep(self, outcome: Outcome, error: BaseException) -> Outcome:
        """The other side has it, but our books do not take it: sending again mends nothing."""
        return replace(outcome, document=None, verdict=_cannot_keep(error), error=error)

    def _keep_alone(self, outcome: Outcome) -> DeliveryState:
        with self.context.ledger.write() as connection:
            return self.keep(connection, outcome)

    def _call(self, delivery: ClaimedDelivery) -> Answer:
        """Never sends again what may have arrived without having looked first."""
        operation = OPERATIONS[delivery.operation]
        connector = self.context.connector(delivery.connection)
        if delivery.uncertain and operation.document:
            found = connector.find(operation.document, delivery.key)
            if found is not None and found.complete:
                return found
        return operation.call(connector, delivery.payload, delivery.key)

    def _done(self, connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
        pairs, changes, again = [], [], []
        for outcome in outcomes:
            delivery, document = outcome.delivery, outcome.document
            if document is None:
                continue
            operation = OPERATIONS[delivery.operation]
            kind, key = operation.document, delivery.key
            if kind and isinstance(document, RemoteDocument):
                number = document.number
                pairs.append(Binding(delivery.connection, kind, key, document.id, number))
            fact = operation.fact(ref_of(key), document, now)
            changes.append(Change(delivery.store, delivery.order_id, fact, delivery.lane))
            if delivery.attempts or delivery.uncertain:  # the first attempt has left no case
                again.append(delivery)
        if changes:
            bindings.bind_all(connection, pairs, now)
            cases.resolve(connection, [_case_key(delivery) for delivery in again], "causeway", now)
            if again:
                waited = [delivery.id for delivery in again]
                Lacking(self.context).ended(connection, waited, now)
            OrderDesk(self.context).apply_all(connection, changes, now)

    def _failed(self, connection: Connection, outcome: Outcome, now: datetime) -> None:
        delivery, verdict = outcome.delivery, outcome.verdict
        if verdict.action == "park" and isinstance(outcome.error, MappingMissing):
            name, missing = delivery.connection, outcome.error
            cases.resolve(connection, [_case_key(delivery)], "causeway", now)
            if Lacking(self.context).refused(connection, delivery.id, name, missing, now):
                self._say_parked(connection, delivery, verdict.reason, now)
        elif verdict.action == "park":
            if delivery.uncertain:
                Lacking(self.context).given_up(connection, delivery.id, now)
            self._park(connection, delivery, verdict.reason, now)
        if verdict.action == "pause":
            pause(connection, delivery.connection, verdict.reason, now)

    def _park(
        self, connection: Connection, delivery: ClaimedDelivery, reason: str, now: datetime
    ) -> None:
        known = OPERATIONS.get(delivery.operation)
        what = known.words if known else repr(delivery.operation)
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
        self._say_parked(connection, delivery, reason, now)

    def _say_parked(
        self, connection: Connection, delivery: ClaimedDelivery, reason: str, now: datetime
    ) -> None:
        fact = DeliveryParked(delivery.operation, delivery.connection, reason, now)
        desk = OrderDesk(self.context)
        desk.apply(connection, delivery.store, delivery.order_id, fact, now, delivery.lane)


def _state_after(outcome: Outcome) -> DeliveryState:
    if outcome.document is not None:
        return DeliveryState.DONE
    as_it_was = DeliveryState.UNKNOWN if outcome.delivery.uncertain else DeliveryState.WAITING
    return _STATES.get(outcome.verdict.action, as_it_was)


def _left(outcome: Outcome, now: datetime) -> Finish:
    """How its row is left."""
    state, verdict = _state_after(outcome), outcome.verdict
    if outcome.document is not None:
        return Finish(outcome.delivery, outcome.attempt, state)
    due_at = now + timedelta(seconds=verdict.delay)
    return Finish(outcome.delivery, outcome.attempt, state, due_at, verdict.reason, verdict.counts)


def _failure(
    delivery: ClaimedDelivery,
    started: datetime,
    clock: float,
    verdict: retry.Verdict,
    error: BaseException | None = None,
) -> Outcome:
    attempt = Attempt(started, _since(clock), verdict.action, verdict.reason)
    return Outcome(delivery, attempt, verdict=verdict, error=error)


def _cannot_keep(error: BaseException) -> retry.Verdict:
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
