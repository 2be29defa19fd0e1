"""Which kinds of connection there are: those in the table below, and those that packages bring.

A package names its connector in the entry point group `causeway.connectors`, as in

    [project.entry-points."causeway.connectors"]
    acme = "causeway_acme"

and has the modules `causeway_acme.options` and `causeway_acme.connector`. Its code is loaded when a
connection of its kind is configured, and not before. One that cannot be used harms nothing else:
its connections say so by `check`, and what is due there waits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import cast

from marshmallow import Schema

from causeway.connectors.base import CONTRACT, ConnectionSettings, Connector, Role
from causeway.connectors.unusable import UnusableConnector

GROUP = "causeway.connectors"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a kind's parts are. They are loaded when needed: a process that only reads the
    settings does not load a kind's client.

    `options` has `ROLES` it can play and `Options`, a marshmallow Schema class, and `SCHEMES`
    where its addresses are not http; `connector` has `build(ConnectionSettings)`. `package` is the
    one that brings it, with its version; empty for ours. `refused` says why it cannot even be
    chosen.
    """

    options: str
    connector: str
    package: str = ""
    refused: str = ""


class UnusableKindError(Exception):
    """A package's connector cannot be used; the text says why and what to do, in a sentence."""


def _folder(name: str) -> Kind:
    package = f"causeway.connectors.{name}"
    return Kind(f"{package}.options", f"{package}.connector")


KINDS = {
    "files": _folder("files"),
    "karrio": _folder("karrio"),
    "odoo": _folder("odoo"),
    "rest": _folder("rest"),
    "sandbox_erp": _folder("sandbox_erp"),
    "sandbox_wms": _folder("sandbox_wms"),
    "tryton": _folder("tryton"),
}


def names() -> tuple[str, ...]:
    """The kinds that can be configured."""
    brought = (name for name, kind in packages() if not kind.refused)
    return tuple(sorted({*KINDS, *brought}))


@cache
def packages() -> tuple[tuple[str, Kind], ...]:
    """What installed packages bring, by name; the refused ones too. None of it is loaded."""
    return from_packages(entry_points(group=GROUP))


def from_packages(found: Iterable[EntryPoint]) -> tuple[tuple[str, Kind], ...]:
    """The kinds of these entry points. Of two of one name neither is used: nobody could tell
    which would get the orders.
    """
    points = sorted(found, key=lambda point: (point.name, point.value))
    times = Counter(point.name for point in points)
    return tuple((point.name, _brought(point, times[point.name])) for point in points)


def _brought(point: EntryPoint, times: int) -> Kind:
    owner = point.dist
    package = f"{owner.name} {owner.version}" if owner else point.value
    kind = Kind(f"{point.value}.options", f"{point.value}.connector", package)
    if point.name in KINDS:
        return replace(kind, refused=f"{point.name} is the name of a connector of Causeway's own")
    if times > 1:
        return replace(kind, refused=f"{times} packages bring a connector of this name")
    if not _NAME.match(point.name):
        return replace(kind, refused="its name is not small letters, digits and _ (at most 40)")
    return kind


def options_schema(kind: str) -> Schema:
    """The schema of the kind's own options. Raises KeyError, UnusableKindError."""
    return cast(Schema, _options(kind).Options())


def roles(kind: str) -> tuple[Role, ...]:
    """The roles a connection of the kind can play. Raises KeyError, UnusableKindError."""
    return cast(tuple[Role, ...], _options(kind).ROLES)


def contract(kind: str) -> str:
    """The version of the contract it was written for. Raises KeyError, UnusableKindError."""
    return cast(str, getattr(_options(kind), "CONTRACT", CONTRACT))


def schemes(kind: str) -> tuple[str, ...]:
    """What such an address begins with. Raises KeyError, UnusableKindError."""
    return cast(tuple[str, ...], getattr(_options(kind), "SCHEMES", ("http", "https")))


def load(kind: str) -> None:
    """Load all of a kind now, for a process that will fork and use it again and again."""
    try:
        _module(kind, find(kind).connector)
    except UnusableKindError:
        return  # each connection of it says so


def build(settings: ConnectionSettings) -> Connector:
    """The connector for one configured connection. Raises KeyError for an unknown kind.

    One that cannot be used becomes a connector that says why, whatever it is asked.
    """
    kind = find(settings.kind)
    try:
        _options(settings.kind)
        module = _module(settings.kind, kind.connector)
        if not kind.package:
            return cast(Connector, module.build(settings))
        return _built(settings, kind, module)
    except UnusableKindError as error:
        return cast(Connector, UnusableConnector(settings.kind, str(error)))


def find(kind: str) -> Kind:
    """Raises KeyError for a kind that cannot be configured."""
    if kind in KINDS:
        return KINDS[kind]
    for name, found in packages():
        if name == kind and not found.refused:
            return found
    raise KeyError(kind)


def problem(kind: str) -> str:
    """Why a package's connector cannot be used, in words; empty when it can. Loads it."""
    try:
        _options(kind)
        _has_build(find(kind), _module(kind, find(kind).connector))
    except UnusableKindError as error:
        return str(error)
    return ""


def _options(kind: str) -> ModuleType:
    found = find(kind)
    module = _module(kind, found.options)
    if not found.package:
        return module
    lacking = [name for name in ("CONTRACT", "ROLES", "Options") if not hasattr(module, name)]
    if lacking:
        raise _unusable(found, f"{found.options} lacks {' and '.join(lacking)}")
    if why := mismatch(str(module.CONTRACT)):
        raise _unusable(found, why)
    return module


def mismatch(written_for: str) -> str:
    """Why a connector written for that version of the contract cannot be used; empty if it can.

    The first number changes when a connector must be changed, the second when something is added
    that it need not know.
    """
    ours = _version(CONTRACT)
    theirs = _version(written_for)
    if theirs is None or ours is None:
        return f"its CONTRACT is {written_for[:20]!r}, no version such as {CONTRACT}"
    if theirs[0] < ours[0]:
        return (
            f"it was written for contract {written_for}, this is {CONTRACT}: it must be changed as"
            " connectors/KIT.md says under “Versions of the contract”"
        )
    if theirs > ours:
        return f"it needs contract {written_for}, this is {CONTRACT}: upgrade Causeway"
    return ""


def _version(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


def _module(kind: str, path: str) -> ModuleType:
    found = find(kind)
    if not found.package:
        return import_module(path)
    try:
        return import_module(path)
    except Exception as error:  # whatever somebody else's code does while it is loaded
        raise _unusable(
            found, f"{path} cannot be loaded ({type(error).__name__}: {error})"
        ) from error


def _has_build(found: Kind, module: ModuleType) -> None:
    if not callable(getattr(module, "build", None)):
        raise _unusable(found, f"{found.connector} has no build(settings)")


def _built(settings: ConnectionSettings, found: Kind, module: ModuleType) -> Connector:
    _has_build(found, module)
    try:
        made = module.build(settings)
    except Exception as error:  # as above
        raise _unusable(found, f"build failed ({type(error).__name__})") from error
    if not isinstance(made, Connector):
        raise _unusable(
            found, "what build gives back is no connector: it lacks a method of base.Connector"
        )
    return made


def _unusable(kind: Kind, why: str) -> UnusableKindError:
    return UnusableKindError(
        f"the connector of the package {kind.package} cannot be used: {why}"[:500]
    )
