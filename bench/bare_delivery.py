"""The limit of delivery: a loop with the same three transactions, without queue, flows, retries."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from sqlalchemy import Connection, text

from bench.measures.booked import _document
from bench.office import TOKEN, Office

ROWS = (
    "CREATE TABLE bare (id INTEGER PRIMARY KEY, state TEXT, data TEXT)",
    "CREATE TABLE bare_attempts (bare_id INTEGER, outcome TEXT)",
    "CREATE TABLE bare_orders (id INTEGER PRIMARY KEY, data TEXT)",
)


def rate(office: Office, count: int, threads: int = 16) -> float:
    """Deliveries a second by `threads` threads."""
    with office.ledger.write() as connection:
        for statement in ROWS:
            connection.execute(text(statement))
        rows = [{"id": n, "data": "x" * 3000} for n in range(count)]
        connection.execute(text("INSERT INTO bare VALUES (:id, 'waiting', :data)"), rows)
    local = threading.local()
    with ThreadPoolExecutor(threads) as pool:
        began = time.monotonic()
        list(pool.map(lambda number: _deliver(office, local, number), range(count)))
        return count / (time.monotonic() - began)


def _deliver(office: Office, local: Any, number: int) -> None:
    _write(office, number, "UPDATE bare SET state = 'sending' WHERE id = :id")
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.trust_env = False
        local.session.headers["Authorization"] = f"Bearer {TOKEN}"
    document = {**_document(number), "external_ref": f"bare:{number}:book"}
    local.session.post(f"{office.erp}/erp/orders", json=document, timeout=30).raise_for_status()
    _write(
        office,
        number,
        "UPDATE bare SET state = 'done' WHERE id = :id",
        "INSERT INTO bare_attempts VALUES (:id, 'done')",
    )
    _write(office, number, "INSERT INTO bare_orders SELECT id, data FROM bare WHERE id = :id")


def _write(office: Office, number: int, *statements: str) -> None:
    with office.ledger.write() as connection:
        assert isinstance(connection, Connection)
        for statement in statements:
            connection.execute(text(statement), {"id": number})
