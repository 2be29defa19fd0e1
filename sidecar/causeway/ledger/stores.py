"""Stores and the secrets they share with us: one current, older ones until they expire."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from causeway.ledger.tables import store_secrets, stores

SECRET_BYTES = 32
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Store:
    """One shop. `currency` is the one it shows prices in."""

    name: str
    url: str
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Secret:
    value: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


def new_secret() -> str:
    """A fresh secret as Standard Webhooks writes them: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def add(connection: Connection, store: Store, secret: str) -> None:
    """Keep a new store. Raises IntegrityError when the name is taken."""
    connection.execute(
        stores.insert().values(
            name=store.name, url=store.url, currency=store.currency, created_at=store.created_at
        )
    )
    connection.execute(
        store_secrets.insert().values(store=store.name, secret=secret, created_at=store.created_at)
    )


def get(connection: Connection, name: str) -> Store | None:
    row = connection.execute(select(*_COLUMNS).where(stores.c.name == name)).first()
    return Store(*row) if row else None


def every(connection: Connection) -> list[Store]:
    return [Store(*row) for row in connection.execute(select(*_COLUMNS).order_by(stores.c.name))]


def valid_secrets(connection: Connection, name: str, now: datetime) -> list[Secret]:
    """The secrets a message of the store may be signed with now, the current one first."""
    query = (
        select(store_secrets.c.secret, store_secrets.c.created_at, store_secrets.c.expires_at)
        .where(
            store_secrets.c.store == name,
            or_(store_secrets.c.expires_at.is_(None), store_secrets.c.expires_at > now),
        )
        .order_by(store_secrets.c.id.desc())
        .limit(2)
    )
    return [Secret(*row) for row in connection.execute(query)]


def rotate(
    connection: Connection, name: str, secret: str, now: datetime, overlap: timedelta
) -> None:
    """Make `secret` the current one; the last one is accepted for `overlap` more, no older."""
    current = store_secrets.c.store == name
    connection.execute(
        update(store_secrets)
        .where(current, store_secrets.c.expires_at.is_not(None))
        .values(expires_at=now)
    )
    connection.execute(
        update(store_secrets)
        .where(current, store_secrets.c.expires_at.is_(None))
        .values(expires_at=now + overlap)
    )
    connection.execute(store_secrets.insert().values(store=name, secret=secret, created_at=now))


_COLUMNS = [stores.c[name] for name in Store.__slots__]
