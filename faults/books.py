"""The other side's own books and log, asked over HTTP beside the road."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from faults.errors import HarmFailed
from faults.oracle import Arrival, Document

PAGE = 1000
TABLES = (("/erp/orders", "orders"), ("/erp/credits", "credits"), ("/wms/requests", "requests"))


class SandboxDesk:
    """Asks and commands a sandbox back office."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def documents(self) -> list[Document]:
        """All that was booked, credited and asked of the warehouse, and stands.

        A request that the warehouse stopped sends nothing: another may stand in its place, as when
        goods are refunded before they left.
        """
        return [
            Document(row["external_ref"], str(row.get("total", "")))
            for path, name in TABLES
            for row in self._every(path, name)
            if name != "requests" or row["status"] != "cancelled"
        ]

    def arrivals(self) -> list[Arrival]:
        """All writes in the order in which they were worked on."""
        return [
            Arrival(row["external_ref"], row["status"] == 201 or row["fault"] == "status_after")
            for row in self._every("/sandbox/log", "log")
            if row["method"] == "POST" and row["external_ref"]
        ]

    def reposts(self) -> int:
        """Writes that only the other side's own look at the reference kept from being a second."""
        rows = self._every("/sandbox/log", "log")
        return sum(bool(row["method"] == "POST" and row["status"] == 409) for row in rows)

    def harm(self, kind: str, path: str = "*", method: str = "*", **more: Any) -> int:
        """Put a fault in force; its number. `times=None`: until it is removed."""
        body = {"kind": kind, "path": path, "method": method, "times": None, **more}
        answer = self._session.post(f"{self.url}/sandbox/faults", json=body, timeout=10)
        answer.raise_for_status()
        return int(answer.json()["id"])

    def heal(self) -> int:
        """Remove all faults; how often they struck. Raises HarmFailed when they never did."""
        faults = self._get("/sandbox/faults")["faults"]
        self._session.delete(f"{self.url}/sandbox/faults", timeout=10).raise_for_status()
        struck = sum(int(fault["struck"]) for fault in faults)
        if faults and not struck:
            raise HarmFailed("no request met the fault")
        return struck

    def remove(self, number: int) -> None:
        """One fault; a back office that was started again has forgotten it already."""
        self._session.delete(f"{self.url}/sandbox/faults/{number}", timeout=10)

    def struck(self) -> int:
        return sum(int(fault["struck"]) for fault in self._get("/sandbox/faults")["faults"])

    def post(self, path: str, body: dict[str, Any]) -> int:
        """A write by the suite itself; its status."""
        answer = self._session.post(self.url + path, json=body, timeout=10)
        return int(answer.status_code)

    def _every(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        after, more = "", True
        while more:
            page = self._get(path, after=after, limit=str(PAGE))
            yield from page[name]
            after, more = page["cursor"], bool(page["more"])

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self._session.get(self.url + path, params=query, timeout=20)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
