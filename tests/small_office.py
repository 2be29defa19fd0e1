"""A small back office over HTTP that is in every way unlike the sandbox, for tests of `rest`.

It wants OAuth tokens that end soon, counts money in cents and time in seconds since 1970, answers
200 to everything it understood, errors included, and has three ways to page. It knows its goods.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
CLIENT = ("causeway", "kept-secret")
GOODS = frozenset({"MUG-01", "BOOK-7"})


@dataclass
class SmallOffice:
    """`replays` says whether it heeds Idempotency-Key, `goods` what it sells (None: anything)."""

    replays: bool = True
    goods: frozenset[str] | None = GOODS
    token_seconds: int = 3600
    sales: dict[int, Json] = field(default_factory=dict)
    parcels: list[Json] = field(default_factory=list)
    stock: dict[str, Json] = field(default_factory=dict)
    prices: dict[str, Json] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    busy: int = 0
    """How many requests from now on are told to come back in two seconds."""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._ids = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/v2"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @contextmanager
    def open(self) -> Iterator[SmallOffice]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def under(self, ref: str, kind: str = "sale") -> list[Json]:
        return [s for s in self.sales.values() if (s["ref"], s["kind"]) == (ref, kind)]

    def set_stock(self, sku: str, pieces: int) -> None:
        with self.lock:
            row = {"article": sku, "pieces": pieces, "touched": time.time()}
            self.stock[sku] = {"no": self.stock.get(sku, {}).get("no") or next(self._ids), **row}

    def set_price(self, sku: str, cents: int) -> None:
        with self.lock:
            self.prices[sku] = {"article": sku, "cents": cents, "touched": time.time()}

    def ship(self, ref: str, kind: str = "sale") -> Json:
        """All goods of a sale leave in one parcel."""
        with self.lock:
            (sale,) = self.under(ref, kind)
            sale["state"] = "gone"
            number = next(self._ids)
            parcel = {
                "no": number, "for": ref, "by": "DHL", "code": f"P{number:06d}",
                "left": int(time.time()),
                "goods": [{"article": x["article"], "n": x["n"]} for x in sale["rows"]
                          if x["article"]],
            }  # fmt: skip
            self.parcels.append(parcel)
            return parcel

    def take(self, body: Json, key: str) -> Json:
        """A sale or credit, refused with 200 where it is wrong."""
        for row in body["rows"]:
            known = self.goods is None or not row["article"] or row["article"] in self.goods
            if not known:
                text = f"no article {row['article']}"
                return _no("UNKNOWN_ARTICLE", text, article=row["article"])
        if sum(row["net"] for row in body["rows"]) + sum(body["tax"]) != body["sum"]:
            return _no("SUM", "rows and tax do not come to sum")
        with self.lock:
            standing = [s for s in self.sales.values() if key and s["idempotency"] == key]
            if standing and self.replays:
                return {"ok": True, "replayed": True, "sale": standing[0]}
            number = next(self._ids)
            sale = {**body, "no": number, "name": f"A-{number}", "state": "open"}
            self.sales[number] = {**sale, "idempotency": key}
            return {"ok": True, "sale": sale}

    def void(self, number: int) -> Json:
        with self.lock:
            sale = self.sales[number]
            if sale["state"] == "gone":
                return _no("GONE", "its goods have left")
            sale["state"] = "void"
            return {"ok": True, "sale": sale}


def _no(kind: str, text: str, **more: Any) -> Json:
    return {"ok": False, "problem": {"kind": kind, "text": text, **more}}


def _handler(office: SmallOffice) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api/v2")
            if path == "/token":
                self._token()
            elif self._lets_in(path):
                if path == "/sales":
                    found = office.take(json.loads(raw), self.headers.get("Idempotency-Key", ""))
                    self._say(found)
                else:
                    self._say(office.void(int(path.split("/")[2])))

        def do_GET(self) -> None:
            address = urlsplit(self.path.removeprefix("/api/v2"))
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            if self._lets_in(address.path):
                getattr(self, "_get_" + address.path.strip("/"))(query)

        def _token(self) -> None:
            expected = b64encode(":".join(CLIENT).encode()).decode()
            if self.headers.get("Authorization") != f"Basic {expected}":
                self._say({"error": "invalid_client"}, 401)
                return
            token = f"t{next(office._ids)}"
            office.tokens.add(token)
            self._say({"access_token": token, "expires_in": office.token_seconds})

        def _lets_in(self, path: str) -> bool:
            with office.lock:
                office.calls.append(f"{self.command} {path}")
                if office.busy > 0:
                    office.busy -= 1
                    self._say({"ok": False}, 429, {"X-Come-Back-In": "2"})
                    return False
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if token in office.tokens:
                return True
            self._say(_no("TOKEN", "sign in again"), 401)
            return False

        def _get_ping(self, query: Json) -> None:
            self._say({"ok": True, "office": "small"})

        def _get_sales(self, query: Json) -> None:
            with office.lock:
                found = office.under(query["ref"], query["kind"])
            self._say({"ok": True, "sales": found})

        def _get_stock(self, query: Json) -> None:
            """By offset, of what was touched since a second."""
            with office.lock:
                rows = sorted(office.stock.values(), key=lambda row: row["no"])
            rows = [r for r in rows if r["touched"] >= float(query.get("touched_since", 0))]
            start, size = int(query["skip"]), int(query["take"])
            self._say({"ok": True, "rows": rows[start : start + size]})

        def _get_prices(self, query: Json) -> None:
            """By number of page, always all of them."""
            with office.lock:
                rows = [office.prices[sku] for sku in sorted(office.prices)]
            page, size = int(query["page"]), 2
            part = rows[(page - 1) * size : page * size]
            self._say({"ok": True, "rows": part, "pages": -(-len(rows) // size)})

        def _get_parcels(self, query: Json) -> None:
            """By Link header, of what left since a second."""
            since, start = float(query.get("left_since", 0)), int(query.get("from", 0))
            with office.lock:
                rows = [p for p in office.parcels if p["left"] >= since]
            headers = {}
            if len(rows) > start + 3:
                address = f"/api/v2/parcels?left_since={since:.0f}&from={start + 3}"
                headers["Link"] = f'<{address}>; rel="next"'
            self._say({"ok": True, "rows": rows[start : start + 3]}, headers=headers)

        def _say(self, body: Json, status: int = 200, headers: Json | None = None) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    return Handler
