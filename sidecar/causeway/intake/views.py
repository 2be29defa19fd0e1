"""POST /v1/events: written down, committed, and only then answered."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from datetime import datetime

import orjson
from flask import Blueprint, Response, current_app, g, request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.ledger import cases, events, trouble
from causeway.ledger.events import Stored
from causeway.ledger.group_commit import GroupCommit
from causeway.ledger.trouble import LedgerBusyError
from causeway.wire.envelope import Batch, none_kept, read
from causeway.wire.gate import signed
from causeway.wire.problems import Problem, ProblemError

bp = Blueprint("intake", __name__)
RETRY_SECONDS = 30
# How long a batch waits for the ledger: a shop hangs up after 5 s, and should hear why before.
PATIENCE_SECONDS = 4.0


Work = tuple[Batch, str]


class Intake:
    """Keeps what comes in. Refuses only when it cannot keep it for good."""

    def __init__(self, context: Context, hints: Hints) -> None:
        self.context = context
        self.hints = hints
        self._writer: GroupCommit[Work, Stored] = GroupCommit(
            context.ledger, self._write, PATIENCE_SECONDS
        )
        self._room_until = 0.0

    def keep(self, batch: Batch, store: str) -> Stored:
        """Write the batch durably. Raises ProblemError when that cannot be promised."""
        self._check_room()
        try:
            stored, committed = self._writer.run((batch, store))
        except (SQLAlchemyError, OSError, LedgerBusyError) as error:
            self.context.report(error)
            raise ProblemError(not_ready(trouble.of(error).sentence)) from error
        if committed:  # once for all who were committed together
            self.hints.work()
        return stored

    def _write(self, connection: Connection, work: Sequence[Work]) -> Sequence[Stored]:
        now = self.context.now()
        for batch, store in work:
            _open_cases(connection, batch, store, now)
        return events.store_all(connection, [batch.events for batch, _ in work], now)

    def _check_room(self) -> None:
        """Look at the free disk once a second at most."""
        if time.monotonic() < self._room_until:
            return
        settings = self.context.settings
        if self.context.ledger.is_sqlite:
            free = shutil.disk_usage(self.context.ledger.path.parent).free
            if free < settings.min_free_bytes:
                raise ProblemError(not_ready("The sidecar's disk is nearly full."))
        self._room_until = time.monotonic() + 1.0


@bp.post("/v1/events")
@signed
def receive() -> Response:
    """Take a batch of events of the store that signed it."""
    intake: Intake = current_app.extensions["causeway_intake"]
    most = intake.context.settings.intake.max_batch_events
    batch = read(request.get_data(), g.store.name, most)
    stored = intake.keep(batch, g.store.name)
    if not batch.events:
        raise ProblemError(none_kept(batch.refused))
    return Response(orjson.dumps(answer(batch, stored)), 202, content_type="application/json")


def answer(batch: Batch, stored: Stored) -> dict[str, object]:
    """What became of each event. Those accepted and the duplicates are done for the sender.

    A catalogue page whose `events_until` reaches `events_to` counts these orders.
    """
    refused: list[dict[str, object]] = [
        {"index": item.index, "id": item.id, "problem": item.problem.body()}
        for item in batch.refused
    ]
    refused.extend({"id": event_id, "problem": _ID_REUSED.body()} for event_id in stored.conflicts)
    return {
        "accepted": list(stored.accepted),
        "duplicates": list(stored.duplicates),
        "refused": refused,
        "events_to": str(stored.last),
    }


def _open_cases(connection: Connection, batch: Batch, store: str, now: datetime) -> None:
    """What a shop sends wrongly it will send wrongly again: somebody is told, once a kind."""
    found = [
        cases.NewCase(
            key=f"{store}:refused:{item.problem.errors[0].field.split('.')[-1]}",
            kind="event_refused",
            title=f"Store {store} sends events that cannot be kept",
            detail=item.problem.detail,
            remedy="Update the plugin in the shop, or mend what sends in its place.",
            store=store,
        )
        for item in batch.refused
    ]
    if found:
        cases.open_new(connection, found, now)


def not_ready(detail: str) -> Problem:
    """Nothing can be promised now; what was sent is to be sent again."""
    return Problem(
        "not-ready",
        f"{detail} Nothing was kept.",
        "Keep the events and send them again later; the sidecar's operator is told.",
        retry_after=RETRY_SECONDS,
    )


_ID_REUSED = Problem(
    "id-reused",
    "An event with this id but other content was received before; that one stands.",
    "Give what is new an id of its own.",
    field="id",
)
