"""The back office's own books, asked beside the road: how often does each order stand in them?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from causeway.connectors.base import ConnectionSettings

PAGE = 500


@dataclass(frozen=True, slots=True)
class Books:
    """By external reference: (how many documents, their total as text)."""

    orders: dict[str, tuple[int, str]]
    credits: dict[str, tuple[int, str]]
    requests: dict[str, tuple[int, str]]

    def problems(self, key: str, total: str) -> list[str]:
        """What is wrong with the order that should stand under `key` over `total`."""
        count, booked = self.orders.get(key, (0, ""))
        if count != 1:
            return [f"stands {count} times in the ERP's books"]
        amount = total.split(" ", 1)[0]
        if Decimal(booked) != Decimal(amount):
            return [f"is booked over {booked} instead of {amount}"]
        return []


def read(connection: ConnectionSettings) -> Books:
    """All documents of a sandbox's ERP and warehouse. Raises requests' exceptions."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {connection.token}"

    def every(path: str, name: str) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        after, more = "", True
        while more:
            query = {"after": after, "limit": str(PAGE)}
            answer = session.get(connection.url + path, params=query, timeout=10)
            answer.raise_for_status()
            page: dict[str, Any] = answer.json()
            for row in page[name]:
                count, _ = found.get(row["external_ref"], (0, ""))
                found[row["external_ref"]] = (count + 1, str(row.get("total", "")))
            after, more = page.get("cursor", ""), bool(page.get("more"))
        return found

    return Books(
        every("/erp/orders", "orders"),
        every("/erp/credits", "credits"),
        every("/wms/requests", "requests"),
    )
