"""Each real office as tests see it that hold for all of them: its connector and its books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from causeway.connectors.base import ConnectionSettings
from tests.real.odoo_books import OdooBooks
from tests.real.tryton_books import TrytonBooks


class Office(Protocol):
    """What its own people do and see."""

    connection: ConnectionSettings

    def total(self, key: str) -> Decimal: ...

    def count(self, key: str) -> int: ...

    def ship(self, key: str) -> None: ...

    def receive(self, key: str) -> None: ...

    def refunded(self, key: str) -> Decimal: ...

    def confirmed(self, key: str) -> bool: ...


@dataclass
class Tryton:
    connection: ConnectionSettings
    books: TrytonBooks

    def total(self, key: str) -> Decimal:
        return Decimal(self.books.sale(key)["total_amount"])

    def count(self, key: str) -> int:
        return len(self.books.sales(key))

    def ship(self, key: str) -> None:
        self.books.ship(key)

    def receive(self, key: str) -> None:
        self.books.receive(key)

    def refunded(self, key: str) -> Decimal:
        return -self.total(key)

    def confirmed(self, key: str) -> bool:
        return self.books.sale(key)["state"] in {"processing", "done"}


@dataclass
class Odoo:
    connection: ConnectionSettings
    books: OdooBooks

    def total(self, key: str) -> Decimal:
        return _amount(self.books.order(key, "amount_total"))

    def count(self, key: str) -> int:
        return len(self.books.records("sale.order", key))

    def ship(self, key: str) -> None:
        self.books.ship(key)

    def receive(self, key: str) -> None:
        self.books.receive(key)

    def refunded(self, key: str) -> Decimal:
        (move,) = self.books.records("account.move", key)
        return _amount(self.books.read("account.move", move, "amount_total"))

    def confirmed(self, key: str) -> bool:
        return bool(self.books.order(key, "state")["state"] == "sale")


def _amount(row: dict[str, Any]) -> Decimal:
    return Decimal(row["amount_total"])
