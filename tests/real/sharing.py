"""One connector for each way into an office: a new one asks for all of its names again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from causeway.connectors.base import ConnectionSettings

Made = TypeVar("Made")
_made: dict[tuple[str, str, str], Any] = {}


def shared(build: Callable[[ConnectionSettings], Made], connection: ConnectionSettings) -> Made:
    """What `build` made of the same connection before. It stays open while tests run."""
    way = (build.__module__, repr(connection), connection.token)  # which `repr` leaves out
    if way not in _made:
        _made[way] = build(connection)
    return cast(Made, _made[way])
