"""Once a day each connection is asked to go on sending its webhooks here.

Systems forget subscriptions after days, switch them off after failures, or lose them in a restore.
Polling goes on all the same: a webhook only makes it happen sooner.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from causeway.connectors.base import ConnectionSettings, Connector, TakesWebhooks
from causeway.engine.context import Context
from causeway.errors import ConnectorError
from causeway.ledger import cursors
from causeway.settings import Settings

EVERY = timedelta(days=1)
# What could not be renewed is tried again this much later, so that polls are not slowed down by it.
AGAIN = timedelta(minutes=15)


def address_of(settings: Settings, connection: ConnectionSettings) -> str:
    """Where the connection's webhooks arrive; empty where it could not reach us.

    Without a public address only a system on this machine can.
    """
    if not settings.server.public_url and not _is_loopback(connection.url):
        return ""
    return f"{settings.server.url}/v1/connections/{connection.name}/webhooks"


def renew(context: Context, name: str, connector: Connector) -> str:
    """Renew the connection's subscriptions if that is due; what went wrong, in words, or nothing.

    Due is what was done a day ago, for another address, or never.
    """
    if not (isinstance(connector, TakesWebhooks) and connector.capabilities.webhooks):
        return ""
    address = address_of(context.settings, context.settings.connection(name))
    now, mark = context.now(), f"{name}:subscribed"
    with context.ledger.read() as connection:
        known = cursors.get(connection, mark)
    due, before, problem = _read(known)
    if not address or (before == address and due > now):
        return problem if address else ""
    problem, due = "", now + EVERY
    try:
        connector.renew_subscriptions(address)
    except ConnectorError as error:
        problem, due = f"its webhooks could not be renewed: {error.reason}", now + AGAIN
    with context.ledger.write() as connection:
        cursors.move(connection, mark, f"{due.isoformat()} {address} {problem[:300]}", now)
    return problem


def in_words(context: Context, name: str) -> list[str]:
    """Where the connection's webhooks arrive, and what is still to be set for it."""
    connector = context.connector(name)
    if not (isinstance(connector, TakesWebhooks) and connector.capabilities.webhooks):
        return []
    settings = context.settings.connection(name)
    address = address_of(context.settings, settings)
    how = "they are subscribed once a day"
    if not getattr(connector, "subscribes", True):
        how = "subscribe there yourself, with webhook_secret"
    told = [f"Its webhooks arrive at {address}; {how}."]
    if not address:
        told = ["Its webhooks cannot reach this machine: set server.public_url in the settings."]
    if not settings.webhook_secret:
        told.append("None is believed before webhook_secret is set for the connection.")
    return told


def _read(known: str) -> tuple[datetime, str, str]:
    """When it is due again, the address it was done for, what went wrong then."""
    at, _, rest = known.partition(" ")
    address, _, problem = rest.partition(" ")
    return datetime.fromisoformat(at) if at else datetime.min.replace(tzinfo=UTC), address, problem


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
