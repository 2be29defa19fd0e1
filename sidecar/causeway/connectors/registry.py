"""Which kinds of connection there are. The table below is all there is to know."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from marshmallow import Schema

from causeway.connectors.base import ConnectionSettings, Connector, Role

# kind → module with `ROLES` it can play, `Options` (a marshmallow Schema class) and
# `build(ConnectionSettings)`.
# Modules are loaded when a connection of their kind is configured, not before.
KINDS = {
    "sandbox_erp": "causeway.connectors.sandbox_erp.connector",
    "sandbox_wms": "causeway.connectors.sandbox_wms.connector",
    "tryton": "causeway.connectors.tryton.connector",
}


def options_schema(kind: str) -> Schema:
    """The schema of the kind's own options. Raises KeyError for an unknown kind."""
    return cast(Schema, import_module(KINDS[kind]).Options())


def roles(kind: str) -> tuple[Role, ...]:
    """The roles a connection of the kind can play. Raises KeyError for an unknown kind."""
    return cast(tuple[Role, ...], import_module(KINDS[kind]).ROLES)


def build(settings: ConnectionSettings) -> Connector:
    """The connector for one configured connection. Raises KeyError for an unknown kind."""
    return cast(Connector, import_module(KINDS[settings.kind]).build(settings))
