"""Telling the queue that there is work. A hint may be lost: the pump finds the work anyway."""

from __future__ import annotations

from typing import Protocol


class Hints(Protocol):
    """Where a hint goes. Never raises: the ledger has the work already."""

    def work(self) -> None:
        """There are events or deliveries to work on now that somebody waits for."""
        ...

    def bulk(self) -> None:
        """There is work of the slow lane."""
        ...

    def poll(self, connection: str) -> None:
        """The connection is due to be read."""
        ...

    def project(self) -> None:
        """There are SKUs whose figures must be worked out anew."""
        ...

    def poke(self) -> None:
        """There may be updates that stores have not heard of."""
        ...


class NullHints:
    """Says nothing; the pump's sweep alone finds what is to be done."""

    def work(self) -> None:
        pass

    def bulk(self) -> None:
        pass

    def poll(self, connection: str) -> None:
        pass

    def project(self) -> None:
        pass

    def poke(self) -> None:
        pass
