"""Where the files are: what a place must be able to do. `local.py` and `sftp.py` do it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from causeway.errors import ConnectorError

# A lock that nobody gave back within this time belonged to a process that died.
LOCK_SECONDS = 120.0


class Gone(ConnectorError):
    """There is no such file (any more)."""


class TooLarge(ConnectorError):
    """A file is larger than the settings allow."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a folder. `modified` is seconds since 1970 by the clock of the place."""

    name: str
    size: int
    modified: float


class Place(Protocol):
    """Paths are relative to the connection's address, with `/` between.

    Raises RetryableError where it cannot be reached, CredentialsError where it does not let us in
    or do something, Gone for a file that is not there.
    """

    def entries(self, folder: str) -> list[Entry]:
        """The plain files in a folder, no links; empty where there is no folder."""
        ...

    def folders(self, folder: str) -> list[str]: ...

    def stat(self, path: str) -> Entry | None: ...

    def read(self, path: str, most: int) -> bytes:
        """All of a file. Raises TooLarge for more than `most` bytes."""
        ...

    def put(self, path: str, content: bytes) -> None:
        """Have the file there, whole and on disk, or not at all; the folder is made."""
        ...

    def move(self, source: str, target: str) -> None:
        """Give the file another name in one step; its folder is made."""
        ...

    def remove(self, path: str) -> None: ...

    def remove_folder(self, folder: str) -> None:
        """Remove an empty folder; one that is not stays."""
        ...

    def alone(self, path: str) -> AbstractContextManager[None]:
        """Hold the lock at a path. Raises RetryableError where another process has it."""
        ...

    def now(self) -> float:
        """The time by the clock that stamps the files."""
        ...

    def visit(self, folders: Sequence[str]) -> None:
        """Raise what is wrong with the place, in words: for a check."""
        ...
