"""A tiny Acme in memory, over real HTTP on 127.0.0.1: what its documentation says it does.

Make it refuse what the real one refuses, in its own words: the suite then holds the connector to
it. It proves nothing about the real one; tests/test_conformance.py runs against that as well.
"""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Answer = tuple[int, Json]
TOKEN = "key-of-the-double"  # noqa: S105 - it opens nothing
GOODS = ("MUG-01", "BOOK-7")
PAGE_ROWS = 3


class AcmeDouble:
    """Its books can be looked into: `books` by place, `stock` and `shipments` as they happened."""

    def __init__(self) -> None:
        self.books: dict[str, list[Json]] = {"/orders": [], "/refunds": [], "/requests": []}
        self.stock: list[Json] = []
        self.shipments: list[Json] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> AcmeDouble:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, token: str, body: Json) -> Answer:
        """(status, JSON) of one request; one at a time, as a database would."""
        if token != f"Bearer {TOKEN}":
            return _error(401, "unauthorized", "the key is not known")
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        with self._lock:
            if method == "POST":
                return self._post(path, body)
            return self._get(path, {name: values[0] for name, values in query.items()})

    def ship(self, place: str, reference: str, at: str = "2026-03-14T09:26:53+00:00") -> Json:
        """The goods of a document leave the house."""
        entry = self.under(place, reference)[0]
        entry["shipped"] = True
        lines = [
            {"sku": x["sku"], "quantity": x["quantity"]} for x in entry["lines"] if x.get("sku")
        ]
        parcel = {"id": f"P{len(self.shipments) + 1}", "origin": entry["origin"], "carrier": "DHL",
                  "tracking": "00340", "shipped_at": at, "lines": lines}  # fmt: skip
        self.shipments.append(parcel)
        return parcel

    def under(self, place: str, reference: str) -> list[Json]:
        return [entry for entry in self.books[place] if entry["reference"] == reference]

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/status":
            return 200, {"system": "acme"}
        if path in self.books:
            return 200, {"found": self.under(path, query.get("reference", ""))}
        if path in {"/stock", "/shipments"}:
            return 200, _page(getattr(self, path[1:]), query.get("after", ""))
        return _error(404, "not_found", path)

    def _post(self, path: str, body: Json) -> Answer:
        place, _, rest = path[1:].partition("/")
        if rest.endswith("/cancel"):
            return self._cancel(f"/{place}", rest.removesuffix("/cancel"))
        if path not in self.books:
            return _error(404, "not_found", path)
        if len(body["reference"]) > 60:
            return _error(422, "invalid", "reference: at most 60 characters")
        if there := self.under(path, body["reference"]):
            return 409, {"error": {"code": "duplicate"}, "document": there[0]}
        for line in body["lines"]:
            if line.get("sku") and line["sku"] not in GOODS:
                return 422, {"error": {"code": "unknown_item", "sku": line["sku"]}}
        number = len(self.books[path]) + 1
        total = sum(
            (Decimal(x.get(p, "0")) for x in body["lines"] for p in ("net", "tax")), Decimal()
        )
        entry = {**body, "id": f"{number}", "number": f"A-{number:05d}", "total": f"{total:f}"}
        self.books[path].append(entry)
        return 201, entry

    def _cancel(self, place: str, number: str) -> Answer:
        entry = next((e for e in self.books.get(place, []) if e["id"] == number), None)
        if entry is None:
            return _error(404, "not_found", number)
        if entry.get("shipped"):
            return _error(409, "goods_left", "the goods have left the house")
        entry["cancelled"] = True
        return 200, entry


def _page(rows: list[Json], after: str) -> Json:
    start = int(after or 0)
    end = min(start + PAGE_ROWS, len(rows))
    return {"rows": rows[start:end], "cursor": str(end), "more": end < len(rows)}


def _error(status: int, code: str, message: str) -> Answer:
    return status, {"error": {"code": code, "message": message}}


def _handler(double: AcmeDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "")
            status, answer = double.answer(self.command, self.path, token, json.loads(raw or b"{}"))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

        do_GET = do_POST = _any  # noqa: N815 - the names http.server looks for

    return Handler


def main() -> None:
    """Run it by hand, to try a connection: python -m causeway_acme.double"""
    double = AcmeDouble().start()
    print(f"A double of Acme at {double.url}, token {TOKEN}; Ctrl-C ends it.", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        double.stop()


if __name__ == "__main__":
    main()
