"""What a person can do about a case: retry it, resolve it, skip it. Each with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, update

from causeway.engine.context import Context
from causeway.engine.lacking import Lacking
from causeway.engine.replay import Replayer
from causeway.engine.sender import resume
from causeway.errors import CausewayError
from causeway.ledger import audit, cases, deliveries, lacking, updates
from causeway.ledger.cases import CaseRow
from causeway.ledger.replay_events import EventSelection
from causeway.ledger.states import CaseState, DeliveryState, EventState
from causeway.ledger.tables import deliveries as delivery_table

_SEEN = tuple(s.value for s in (EventState.CASE, EventState.DONE, EventState.SUPERSEDED))


@dataclass(frozen=True, slots=True)
class CaseDesk:
    context: Context
    actor: str

    def retry(self, case_id: int) -> str:
        """Do again what the case is about; a sentence says what. The case closes when it is done.

        Raises CausewayError where there is nothing to retry.
        """
        with self.context.ledger.read() as connection:
            case = self._open(connection, case_id)
        if case.kind == updates.REFUSED:
            raise CausewayError("a shop applies an update once; do by hand what it was about")
        if case.event_seq is None and case.kind != "no_connection" and case.delivery_id is None:
            if case.kind == "connection_paused":
                return self._resume(case)
            if case.key.startswith(lacking.CASE):
                return self._try_all(case)
            if not case.order_id:
                raise CausewayError(
                    f"case {case_id} is nothing that can be tried again; resolve it"
                )
        if case.delivery_id is not None:
            return self._retry_delivery(case)
        if case.kind == "no_connection":
            return self._ask_again(case)
        chosen = EventSelection(
            store=case.store, order_id=case.order_id, seq=case.event_seq or 0, states=_SEEN
        )
        count = Replayer(self.context, self.actor).events(chosen)
        if not count:
            raise CausewayError("the event is not kept any more, or a newer one is known")
        return "The flow looks at it again; the case closes if it is content now."

    def resolve(self, case_id: int, reason: str = "") -> CaseRow:
        """Somebody has dealt with it. Raises CausewayError for a case that is not open."""
        now = self.context.now()
        with self.context.ledger.write() as connection:
            case = self._open(connection, case_id)
            cases.resolve(connection, [case.key], self.actor, now, reason)
            audit.note(connection, self.actor, "resolve", case.key, now)
        return case

    def skip(self, case_id: int, reason: str) -> CaseRow:
        """Never do it: its delivery is cancelled and no longer holds back what comes after it.

        Of what a connection has not got, all deliveries that wait for it.

        Raises CausewayError without a reason, or while the delivery is being sent.
        """
        if not reason.strip():
            raise CausewayError("skipping needs a reason: somebody will ask")
        now = self.context.now()
        with self.context.ledger.write() as connection:
            case = self._open(connection, case_id)
            why = f"skipped by {self.actor}: {reason}"
            if case.delivery_id is not None:
                _cancel(connection, case.delivery_id, why)
            if case.key.startswith(lacking.CASE):
                waiting = lacking.waiting(connection, lacking.word_of(case.key))
                for item in waiting:
                    _cancel(connection, item.delivery_id, why)
                lacking.forget(connection, [item.delivery_id for item in waiting])
            cases.resolve(connection, [case.key], self.actor, now, f"skipped: {reason}")
            audit.note(connection, self.actor, "skip", case.key, now)
        return case

    def _retry_delivery(self, case: CaseRow) -> str:
        now = self.context.now()
        with self.context.ledger.write() as connection:
            if not deliveries.retry_now(connection, case.delivery_id or 0, now):
                raise CausewayError("its delivery is being sent now, or at its end")
            audit.note(connection, self.actor, "retry", f"delivery {case.delivery_id}", now)
        return f"It is looked up at {case.connection} and sent again if it is not there."

    def _try_all(self, case: CaseRow) -> str:
        now = self.context.now()
        with self.context.ledger.write() as connection:
            waiting = lacking.waiting(connection, lacking.word_of(case.key))
            count = Lacking(self.context).try_again(connection, waiting, now)
            audit.note(connection, self.actor, "retry", case.key, now)
        return f"{count} deliveries are tried again."

    def _ask_again(self, case: CaseRow) -> str:
        replayer = Replayer(self.context, self.actor)
        with self.context.ledger.write() as connection:
            added = replayer.order(connection, case.store, case.order_id)
        return f"{added} deliveries were planned."

    def _resume(self, case: CaseRow) -> str:
        now = self.context.now()
        with self.context.ledger.write() as connection:
            resume(connection, case.connection, self.actor, now)
            audit.note(connection, self.actor, "resume", case.connection, now)
        return f"{case.connection} is resumed; what waits for it is sent now."

    @staticmethod
    def _open(connection: Connection, case_id: int) -> CaseRow:
        case = cases.get(connection, case_id)
        if case is None:
            raise CausewayError(f"there is no case {case_id}")
        if case.state != CaseState.OPEN:
            raise CausewayError(f"case {case_id} was resolved by {case.resolved_by}")
        return case


def _cancel(connection: Connection, delivery_id: int, reason: str) -> None:
    idle = (DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.PARKED)
    done = connection.execute(
        update(delivery_table)
        .where(delivery_table.c.id == delivery_id)
        .where(delivery_table.c.state.in_([state.value for state in idle]))
        .values(state=DeliveryState.CANCELLED.value, reason=reason[:500])
    )
    if done.rowcount != 1:
        raise CausewayError("its delivery is being sent now, or at its end")
