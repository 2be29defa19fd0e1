"""Words of the shop and what a connection calls them: tables with wildcards and dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from causeway.canonical import Customer, Order, OrderLine
from causeway.flows.decision import Missing
from causeway.flows.scene import Scene
from causeway.policy import TableName, Translation

GUEST = "guest"
# What makes a pattern of a word (fnmatch).
_WILD = frozenset("*?[")


class Tables(tuple[Translation, ...]):  # noqa: SLOT001 - its index is kept with it
    """Entries in their order, found by word: shops have tens of thousands of SKU aliases."""

    def among(self, table: str, word: str) -> Iterable[tuple[int, Translation]]:
        """The entries that may fit the word, each with its place."""
        words, patterns = self._index
        yield from words.get((table, word.lower()), ())
        yield from patterns.get(table, ())

    @cached_property
    def _index(
        self,
    ) -> tuple[dict[tuple[str, str], list[tuple[int, Translation]]], dict[str, list[Any]]]:
        """By word where an entry names one, by table where it has a pattern."""
        words: dict[tuple[str, str], list[tuple[int, Translation]]] = {}
        patterns: dict[str, list[Any]] = {}
        for found in enumerate(self):
            entry = found[1]
            if _WILD.isdisjoint(entry.pattern):
                words.setdefault((entry.table, entry.pattern.lower()), []).append(found)
            else:
                patterns.setdefault(entry.table, []).append(found)
        return words, patterns


def find(
    tables: Iterable[Translation], table: str, word: str, connection: str, at: datetime
) -> Translation | None:
    """The translation in force that fits best: the exact word, then the longest pattern.

    One for the connection alone goes before one for all; later ones before earlier ones.
    """
    known = tables if isinstance(tables, Tables) else Tables(tables)
    fitting = [
        (
            entry.pattern == word,
            len(entry.pattern.replace("*", "")),
            entry.connection != "*",
            place,
            entry,
        )
        for place, entry in known.among(table, word)
        if entry.connection in ("*", connection)
        and (entry.valid_from is None or entry.valid_from <= at)
        and (entry.valid_until is None or at < entry.valid_until)
        and fnmatchcase(word.lower(), entry.pattern.lower())
    ]
    return max(fitting, key=lambda found: found[:4])[4] if fitting else None


@dataclass(frozen=True, slots=True)
class Translator:
    """The tables of one store towards one connection, as they stand at a moment."""

    scene: Scene
    connection: str
    at: datetime

    def word(self, table: TableName, word: str) -> str:
        """What the connection calls it; the shop's own word where no table has it."""
        if not word or not self.scene.translations:
            return word
        found = find(self.scene.translations, table, word, self.connection, self.at)
        return found.value if found else word

    def sku(self, line: OrderLine) -> str:
        """A product without SKU, a deleted one say, can be mapped by its number: `#44`."""
        return self.word("sku", line.sku) if line.sku else self._by_number(line)

    def _by_number(self, line: OrderLine) -> str:
        if line.kind != "product":
            return ""
        found = self.word("sku", f"#{line.code}")
        return "" if found.startswith("#") else found

    def order(self, order: Order) -> Order:
        """The order in the connection's words. Amounts and ids stay."""
        if not self.scene.translations and self.scene.policy.guests == "own":
            return order
        return replace(
            order,
            payment_method=self.word("payment", order.payment_method),
            customer=self._customer(order.customer),
            lines=tuple(
                replace(
                    line,
                    sku=self.sku(line),
                    code=self.word("shipping", line.code) if line.kind == "shipping" else line.code,
                )
                for line in order.lines
            ),
            tax_rates=tuple(
                replace(rate, code=self.word("tax", rate.code or rate.id))
                for rate in order.tax_rates
            ),
        )

    def _customer(self, customer: Customer) -> Customer:
        """By a rule for the e-mail address first; guests are their own or one for the store."""
        known = find(self.scene.translations, "customer", customer.email, self.connection, self.at)
        if known and customer.email:
            return replace(customer, id=known.value)
        if not customer.id and self.scene.policy.guests == "shared":
            return replace(customer, id=GUEST)
        return customer


def missing(order: Order, scene: Scene, connection: str, at: datetime) -> tuple[Missing, ...]:
    """Words that a required table lacks."""
    return tuple(
        Missing(table, word)
        for table in scene.policy.required_mappings
        for word in sorted(_words(order, table))
        if find(scene.translations, table, word, connection, at) is None
    )


def _words(order: Order, table: TableName) -> set[str]:
    words = {
        "tax": {rate.code or rate.id for rate in order.tax_rates},
        "payment": {order.payment_method},
        "shipping": {line.code for line in order.lines if line.kind == "shipping"},
        "sku": {line.sku or f"#{line.code}" for line in order.product_lines},
        "customer": {order.customer.email},
        "warehouse": set[str](),
    }
    return words[table] - {""}
