"""Which kinds of connection there are. The table below is all there is to know."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from marshmallow import Schema

from causeway.connectors.base import ConnectionSettings, Connector, Role


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a kind's parts are. They are loaded when needed: a process that only reads the
    settings does not load a kind's client.

    `options` has `ROLES` it can play and `Options`, a marshmallow Schema class; `connector` has
    `build(ConnectionSettings)`.
    """

    options: str
    connector: str


def _folder(name: str) -> Kind:
    package = f"causeway.connectors.{name}"
    return Kind(f"{package}.options", f"{package}.connector")


KINDS = {
    "karrio": _folder("karrio"),
    "odoo": _folder("odoo"),
    "sandbox_erp": _folder("sandbox_erp"),
    "sandbox_wms": _folder("sandbox_wms"),
    "tryton": _folder("tryton"),
}


def options_schema(kind: str) -> Schema:
    """The schema of the kind's own options. Raises KeyError for an unknown kind."""
    return cast(Schema, import_module(KINDS[kind].options).Options())


def roles(kind: str) -> tuple[Role, ...]:
    """The roles a connection of the kind can play. Raises KeyError for an unknown kind."""
    return cast(tuple[Role, ...], import_module(KINDS[kind].options).ROLES)


def load(kind: str) -> None:
    """Load all of a kind now, for a process that will fork and use it again and again."""
    import_module(KINDS[kind].connector)


def build(settings: ConnectionSettings) -> Connector:
    """The connector for one configured connection. Raises KeyError for an unknown kind."""
    return cast(Connector, import_module(KINDS[settings.kind].connector).build(settings))
