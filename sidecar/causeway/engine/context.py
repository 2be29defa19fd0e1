"""What the engine works with: handed in by the composition root, never looked up."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from causeway.connectors.base import Connector
from causeway.engine.limits import Limits
from causeway.engine.local_limits import LocalLimits
from causeway.flows.mapping import Tables
from causeway.ledger.engine import Ledger
from causeway.settings import Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_owner() -> str:
    """A name for this process that no other one had: host, process id, a few random letters."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Context:
    """`connector` gives the connector of a connection's name, made once for the process."""

    settings: Settings
    ledger: Ledger
    connector: Callable[[str], Connector]
    now: Callable[[], datetime] = utc_now
    owner: str = field(default_factory=new_owner)
    report: Callable[[BaseException], None] = lambda error: None
    """Where an error nobody expected goes: Sentry, or nowhere."""
    limits: Limits = field(default_factory=LocalLimits)
    """What each connection can bear, kept by all workers together."""
    tables: dict[str, tuple[tuple[int, datetime] | None, Tables]] = field(default_factory=dict)
    """Each store's mappings as of their newest version: they are not read for each order."""
