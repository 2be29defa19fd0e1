"""A sidecar that a test holds in its hand: believes only signed requests, and answers as told.

Signatures and envelopes are read by the sidecar's own code; what the real one does with them is
tested elsewhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from causeway.feed import acks
from causeway.ledger.stores import new_secret
from causeway.wire import pairing, signature
from causeway.wire.envelope import read
from causeway.wire.problems import ProblemError

STORE = "shop"
MOST = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """What the sidecar answers: status, body, and whether it is signed."""

    status: int
    body: Any = None
    signed: bool = True
    content_type: str = "application/json"
    tag: str = ""


@dataclass
class Counterpart:
    """`events` are those acknowledged, in the order of their arrival; `seen` holds every request.

    `counts` is how many events its catalogue counts, or None to say nothing of it. `before` is asked
    first with each request's path and body and may answer in the sidecar's place; `refuse` names entities ("order:7") whose events are refused with a problem's type.
    """

    secret: str = field(default_factory=new_secret)
    events: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    counts: int | None = None
    refuse: dict[str, str] = field(default_factory=dict)
    before: Callable[[str, bytes], Said | None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        counterpart = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                counterpart._serve(self)

            def do_POST(self) -> None:
                counterpart._serve(self)

            def log_message(self, *_: Any) -> None:
                """Nothing: tests look at `seen`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def code(self) -> str:
        """For the shop's settings."""
        return pairing.encode(pairing.Pairing(self.url, STORE, self.secret))

    def of(self, entity: str, entity_id: int) -> list[dict[str, Any]]:
        """The events of one entity."""
        return [event for event in list(self.events)
                if (event["entity"], event["entity_id"]) == (entity, str(entity_id))]  # fmt: skip

    def tell(self, kind: str, order: int, key: str = "", **data: Any) -> str:
        """Put an update into the feed; its key."""
        key = key or f"{STORE}:{order}:{kind}:{len(self.updates) + 1}"
        self.updates.append({
            "id": str(len(self.updates) + 1), "key": key, "kind": kind, "entity": "order",
            "entity_id": str(order), "created_at": "2026-11-20T15:36:35Z", "data": data,
        })  # fmt: skip
        return key

    def sign(self, message_id: str, payload: bytes) -> dict[str, str]:
        """Headers of a message of ours."""
        return {
            signature.STORE_HEADER: STORE,
            **signature.headers([self.secret], message_id, datetime.now(UTC), payload),
        }

    # --- the server

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = request.path
        self.seen.append(f"{request.command} {path}")
        answer = self.before(path, body) if self.before else None
        message_id = request.headers.get(signature.ID_HEADER, "")
        if answer is None:
            try:
                payload = body or f"{request.command} {path}".encode()
                signature.verify(request.headers, payload, [self.secret], datetime.now(UTC))
            except signature.SignatureProblem as problem:
                said = {"type": "urn:causeway:problem:bad-signature", "detail": str(problem)}
                answer = Said(401, said, signed=False, content_type="application/problem+json")
            else:
                with self.lock:
                    answer = self._answer(path, body, request.headers.get("If-None-Match", ""))
        self._send(request, answer, message_id)

    def _send(self, request: BaseHTTPRequestHandler, answer: Said, message_id: str) -> None:
        text = b"" if answer.body is None else (
            answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        )  # fmt: skip
        request.send_response(answer.status)
        if answer.signed and message_id:
            payload = text or str(answer.status).encode()
            for name, value in self.sign(message_id, payload).items():
                request.send_header(name, value)
        request.send_header("Content-Type", answer.content_type)
        if answer.tag:
            request.send_header("ETag", answer.tag)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def _answer(self, path: str, body: bytes, etag: str = "") -> Said:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        after, limit = int(query.get("after", 0)), int(query.get("limit", 100))
        if parts.path == "/v1/events":
            return self._take(body)
        if parts.path == "/v1/updates":
            page = self.updates[after : after + limit]
            cursor = page[-1]["id"] if page else str(after)
            return Said(200, {"updates": page, "cursor": cursor,
                              "more": after + limit < len(self.updates)})  # fmt: skip
        if parts.path == "/v1/updates/ack":
            said = acks.read(body)
            self.acknowledged = said.cursor
            self.refused = [{"id": str(n), "reason": why} for n, why in said.refused.items()]
            return Said(200, {"cursor": str(self.acknowledged)})
        if parts.path == "/v1/catalog":
            tag = f'"{after}-{limit}-{len(self.rows)}-{self.counts}"'
            if tag == etag:
                return Said(304, tag=tag)
            page = self.rows[after : after + limit]
            counted = {} if self.counts is None else {"events_until": str(self.counts)}
            return Said(200, {"rows": page, "cursor": str(after + len(page)), **counted,
                              "more": after + limit < len(self.rows)}, tag=tag)  # fmt: skip
        return Said(404, {"type": "urn:causeway:problem:not-found", "detail": "nothing here"},
                    signed=False, content_type="application/problem+json")  # fmt: skip

    def _take(self, body: bytes) -> Said:
        try:
            batch = read(body, STORE, MOST)
        except ProblemError as error:
            return Said(error.problem.status, error.problem.body())
        known = {event["id"] for event in self.events}
        said: dict[str, list[Any]] = {"accepted": [], "duplicates": [], "refused": []}
        for raw in json.loads(body)["events"]:
            kind = self.refuse.get(f"{raw['entity']}:{raw['entity_id']}")
            if kind:
                problem = {"type": f"urn:causeway:problem:{kind}", "detail": "As the test wants.",
                           "remedy": "None."}  # fmt: skip
                said["refused"].append({"id": raw["id"], "problem": problem})
            elif raw["id"] in known:
                said["duplicates"].append(raw["id"])
            else:
                known.add(raw["id"])
                said["accepted"].append(raw["id"])
                self.events.append({**raw, "at": time.time()})
        assert len(batch.events) == len(json.loads(body)["events"]), batch.refused
        return Said(202, {**said, "events_to": str(len(self.events))})
