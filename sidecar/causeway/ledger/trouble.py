"""Why the ledger could not be written, in a word that stays and a sentence for people.

Sources: https://www.sqlite.org/rescode.html and PostgreSQL's appendix A (error codes).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import DBAPIError

from causeway.errors import CausewayError

Kind = Literal["busy", "full", "read_only", "gone", "corrupt", "other"]


class LedgerBusyError(CausewayError):
    """Somebody else has held the ledger for longer than the caller could wait."""


@dataclass(frozen=True, slots=True)
class Trouble:
    kind: Kind
    sentence: str


SENTENCES: dict[Kind, str] = {
    "busy": "The ledger is locked by somebody else for longer than a shop can wait.",
    "full": "The ledger's disk is full.",
    "read_only": "The ledger can be read only: its file, folder or server takes no writes.",
    "gone": "The ledger's database does not answer.",
    "corrupt": "The ledger's file is damaged; restore the last backup.",
    "other": "The ledger cannot be written.",
}
# Parts of SQLite's messages: its result code is not in every driver's exception.
_SQLITE: tuple[tuple[str, Kind], ...] = (
    ("is locked", "busy"),
    ("is full", "full"),
    ("readonly", "read_only"),
    ("unable to open", "gone"),
    ("malformed", "corrupt"),
    ("not a database", "corrupt"),
    # What a write beyond RLIMIT_FSIZE or onto a full file system can look like.
    ("disk i/o error", "full"),
)
_POSTGRES: dict[str, Kind] = {
    "53100": "full",
    "25006": "read_only",
    "55P03": "busy",
    "57014": "busy",
    "57P01": "gone",
    "57P02": "gone",
    "57P03": "gone",
    "53300": "gone",
    "XX001": "corrupt",
}
_ERRNO: dict[int, Kind] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}


def of(error: BaseException) -> Trouble:
    """What `error`, raised by the ledger, means."""
    kind = _kind(error)
    return Trouble(kind, SENTENCES[kind])


def _kind(error: BaseException) -> Kind:
    if isinstance(error, LedgerBusyError):
        return "busy"
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state:
            return _POSTGRES.get(state, "gone" if state.startswith("08") else "other")
        text = str(error.orig).lower()
        return next((kind for part, kind in _SQLITE if part in text), _without_state(error))
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, "other")
    return "other"


def _without_state(error: DBAPIError) -> Kind:
    """A driver that never reached its server has no code to tell."""
    return "gone" if error.connection_invalidated or "connect" in str(error.orig) else "other"
