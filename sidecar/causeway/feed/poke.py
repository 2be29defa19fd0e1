"""The poke: a signed word to a shop that there is something to poll. It carries nothing.

A poke that does not arrive costs nothing but time: the shop polls by itself.
"""

from __future__ import annotations

import logging
import uuid
from urllib.parse import urlsplit

import requests
from sqlalchemy import Connection

from causeway.engine.context import Context
from causeway.feed.names import ack_name, poked_name
from causeway.ledger import cursors, stores, updates
from causeway.ledger.stores import Store
from causeway.wire import signature

log = logging.getLogger("causeway.feed")
PATH = "/wp-json/causeway/v1/poke"
TIMEOUT = (2.0, 5.0)


def poke_stores(context: Context) -> int:
    """Poke every store that has updates it was not poked for and has not acknowledged.

    How many were poked; each once for what stands in its feed now.
    """
    due = []
    with context.ledger.read() as connection:
        for store in stores.every(connection):
            newest = updates.last(connection, store.name)
            if newest > _known(connection, store.name):
                secrets = stores.valid_secrets(connection, store.name, context.now())
                due.append((store, newest, [secret.value for secret in secrets]))
    for store, newest, keys in due:
        with context.ledger.write() as connection:
            cursors.move(connection, poked_name(store.name), str(newest), context.now())
        poke(context, store, keys)
    return len(due)


def poke(context: Context, store: Store, secrets: list[str]) -> bool:
    """Say it to one store; whether it was heard."""
    base = urlsplit(store.url)
    path = base.path.rstrip("/") + PATH
    message_id = f"poke_{uuid.uuid4().hex}"
    signed = signature.headers(secrets, message_id, context.now(), f"POST {path}".encode())
    try:
        answer = requests.post(
            f"{base.scheme}://{base.netloc}{path}",
            headers={**signed, signature.STORE_HEADER: store.name},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        log.info("store %s could not be poked (%s)", store.name, type(error).__name__)
        return False
    if not answer.ok:
        log.info("store %s answered a poke with %s", store.name, answer.status_code)
    return answer.ok


def _known(connection: Connection, store: str) -> int:
    names = (ack_name(store), poked_name(store))
    return max(int(cursors.get(connection, name) or 0) for name in names)
