"""The gate of every signed address: verified before it is read, and answered signed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec

from flask import Flask, Request, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from causeway.engine.context import Context
from causeway.ledger import stores
from causeway.ledger.stores import Store
from causeway.wire import signature
from causeway.wire.problems import Problem, ProblemError
from causeway.wire.replay import ReplayGuard

P = ParamSpec("P")
CACHE_SECONDS = 2.0
_LONGEST_STORE = 40


@dataclass
class Gate:
    """Knows the stores and their secrets, as of two seconds ago at most."""

    context: Context
    guard: ReplayGuard
    _known: dict[str, tuple[float, Store | None, list[str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, incoming: Request) -> Store:
        """The store that signed the request; its body is read and bounded, not parsed.

        Raises ProblemError for whatever is not as it must be.
        """
        store, secrets = self._store(incoming.headers.get(signature.STORE_HEADER, ""))
        payload = body_of(incoming) or request_line(incoming)
        try:
            signed = signature.verify(
                incoming.headers,
                payload,
                secrets,
                self.context.now(),
                self.context.settings.intake.tolerance_seconds,
            )
        except signature.SignatureProblem as error:
            raise ProblemError(_problem(error)) from error
        if not self.guard.first_time(store.name, signed.id):
            raise ProblemError(_REPLAYED)
        g.store, g.message_id, g.secrets = store, signed.id, secrets
        return store

    def _store(self, name: str) -> tuple[Store, list[str]]:
        if not name:
            raise ProblemError(
                Problem(
                    "bad-signature",
                    f"The header {signature.STORE_HEADER} is missing.",
                    "Send the store's name in it, as the pairing code has it.",
                    field=signature.STORE_HEADER,
                )
            )
        return self.known(name)

    def known(self, name: str) -> tuple[Store, list[str]]:
        """The store of this name with its valid secrets. Raises ProblemError for any other."""
        found = self._known.get(name)
        if found is None or found[0] < time.monotonic():
            found = self._look_up(name)
        if found[1] is None or not found[2]:
            raise ProblemError(_UNKNOWN_STORE)
        return found[1], found[2]

    def _look_up(self, name: str) -> tuple[float, Store | None, list[str]]:
        store, secrets = None, []
        if len(name) <= _LONGEST_STORE and name.isascii() and name.isprintable():
            with self.context.ledger.read() as connection:
                store = stores.get(connection, name)
                found = stores.valid_secrets(connection, name, self.context.now())
                secrets = [secret.value for secret in found]
        entry = (time.monotonic() + CACHE_SECONDS, store, secrets)
        if store is not None:  # strangers' names are not kept: there is no end of them
            with self._lock:
                self._known[name] = entry
        return entry


def signed(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let in only what a store has signed, as `g.store`, and sign the answer for it."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        gate: Gate = current_app.extensions["causeway_gate"]
        gate.admit(request)
        try:
            _check_media_type(request)
            answer = view(*args, **kwargs)
        except ProblemError as error:
            answer = error.problem.response()
        return _countersign(gate, answer)

    return guarded


def _check_media_type(incoming: Request) -> None:
    if incoming.method == "POST" and incoming.mimetype != "application/json":
        raise ProblemError(
            Problem(
                "unsupported-media-type",
                "The body is not application/json.",
                "Send Content-Type: application/json.",
                field="Content-Type",
            )
        )


def install(app: Flask, gate: Gate) -> None:
    app.extensions["causeway_gate"] = gate


def body_of(incoming: Request) -> bytes:
    """The raw body, bounded by MAX_CONTENT_LENGTH. Raises ProblemError when it is larger."""
    if incoming.headers.get("Content-Encoding", "identity") != "identity":
        raise ProblemError(
            Problem(
                "unsupported-media-type",
                "The body is compressed.",
                "Send it as it is, without Content-Encoding.",
                field="Content-Encoding",
            )
        )
    limit = incoming.max_content_length
    try:
        body = incoming.get_data()
    except RequestEntityTooLarge as error:
        raise ProblemError(too_large(limit)) from error
    # A body in chunks has no length: Werkzeug ends it at the limit without a word.
    ended_at_limit = len(body) == limit and incoming.content_length is None
    if ended_at_limit and incoming.environ["wsgi.input"].read(1):
        raise ProblemError(too_large(limit))
    return body


def too_large(limit: int | None) -> Problem:
    return Problem(
        "body-too-large",
        f"The body is larger than {limit} bytes.",
        "Send fewer events at once; a single order that is larger needs a higher "
        "intake.max_body_bytes in the sidecar's settings.",
        extra={"limit_bytes": limit},
    )


def request_line(incoming: Request) -> bytes:
    """What stands for the body of a request that has none."""
    query = incoming.query_string
    path = incoming.environ.get("RAW_URI") or incoming.path + (
        f"?{query.decode()}" if query else ""
    )
    return f"{incoming.method} {path}".encode("ascii", "replace")


def _countersign(gate: Gate, answer: Response) -> Response:
    """Sign the answer with the id of its request, so that it answers no other.

    With both secrets while rotating: the shop may still have the old one alone.
    """
    payload = answer.get_data() or str(answer.status_code).encode()
    now: Any = gate.context.now()
    answer.headers.update(signature.headers(g.secrets, g.message_id, now, payload))
    return answer


def _problem(error: signature.SignatureProblem) -> Problem:
    if error.reason == "skew" and error.sent and error.now:
        return Problem(
            "timestamp-skew",
            f"The message was signed at {error.sent.isoformat()}, it is "
            f"{error.now.isoformat(timespec='seconds')} here.",
            "Set the clock of the shop's server, best by NTP, or the sidecar's if that is wrong.",
            field=error.header,
            extra={
                "sent_at": error.sent.isoformat(),
                "received_at": error.now.isoformat(timespec="seconds"),
            },
        )
    remedies = {
        "missing": "Sign the message as Standard Webhooks says, with all three headers.",
        "malformed": "Write the header as Standard Webhooks says.",
        "mismatch": "Pair the shop again: its secret is not the one this sidecar has, or "
        "something between the two changes the body or the address.",
    }
    return Problem(
        "bad-signature",
        f"The header {error.header} {error.detail}.",
        remedies[error.reason],
        field=error.header,
    )


_REPLAYED = Problem(
    "replayed",
    "A message with this id was received within the last minutes.",
    "Give each attempt an id of its own and sign it afresh; the events keep their ids.",
    field=signature.ID_HEADER,
)
_UNKNOWN_STORE = Problem(
    "unknown-store",
    "The store named in the header is not known here.",
    "Pair the shop with this sidecar: copy the pairing code that `causeway store add` prints.",
    field=signature.STORE_HEADER,
)
