"""What several commands share: the settings, the parts, times as people read them."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from causeway import bootstrap, settings
from causeway.bootstrap import Causeway
from causeway.errors import CausewayError
from causeway.ledger import migrations

log = logging.getLogger("causeway")
CONFIG = "CAUSEWAY_CONFIG"


def load_settings() -> settings.Settings:
    """The settings of this process: the file CAUSEWAY_CONFIG names, and the environment.

    Without either, those that `causeway up` left in the data folder.
    """
    environ = {k: v for k, v in os.environ.items() if k != CONFIG}
    path = os.environ.get(CONFIG)
    if path is None:
        from causeway.cli.embedded import left_behind

        environ = {**left_behind(environ), **environ}
    return settings.load(Path(path) if path else None, environ)


def build() -> Causeway:
    """The parts, over a ledger of the right schema."""
    parts = bootstrap.build(load_settings())
    try:
        standing = migrations.standing(parts.ledger)
    except SQLAlchemyError as error:
        raise CausewayError(f"the ledger cannot be opened ({type(error).__name__})") from error
    if standing in ("missing", "older"):
        raise CausewayError("the ledger's schema is not up to date; run: causeway ledger migrate")
    if standing == "newer":
        log.warning("the ledger's schema is newer than this version of Causeway; upgrade soon")
    return parts


def actor() -> str:
    """Who types, for the audit: the account of the system."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in containers
        return f"cli:{os.getuid()}"


def set_up_logging() -> None:
    """One line an event to stderr, with its time in UTC."""
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("CAUSEWAY_LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%SZ",
    )
    logging.Formatter.converter = lambda *_: datetime.now(UTC).timetuple()
    logging.getLogger("alembic").setLevel(logging.WARNING)


def local(at: datetime | None, zone: str = "UTC") -> str:
    """A time in a zone, to the second, with the zone's name."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z") if at else "—"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["─" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
