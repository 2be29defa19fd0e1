"""Where our words have their counterparts in Odoo: names and codes to ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from causeway.connectors.odoo.client import Domain, OdooClient, Record
from causeway.connectors.odoo.options import OdooOptions
from causeway.errors import MappingMissing, RejectedError

REMEMBER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Product:
    """A product of Odoo: its id and the unit its stock is counted in."""

    id: int
    unit: int


class Directory:
    """Looks names up and remembers those of the settings for some minutes.

    Raises MappingMissing with table and value for what is not there, RejectedError for a name
    that several records bear.
    """

    def __init__(self, client: OdooClient, options: OdooOptions) -> None:
        self._client = client
        self._options = options
        self._known: dict[tuple[str, str], tuple[float, Record]] = {}

    def company(self) -> Record:
        name = self._options.company
        domain: Domain = [["name", "=", name]] if name else []
        fields = ("currency_id", "name")
        return self._one("company", "res.company", domain, name or "the only company", fields)

    def currency(self) -> str:
        """The company's own."""
        return str(self.company()["currency_id"][1])

    def warehouse(self, name: str) -> Record:
        domain = [["company_id", "=", self.company()["id"]],
                  "|", ["code", "=", name], ["name", "=", name]]  # fmt: skip
        fields = ("lot_stock_id", "in_type_id", "out_type_id", "code")
        return self._one("warehouse", "stock.warehouse", domain, name, fields)

    def pricelist(self, currency: str) -> int | None:
        """The price list orders in this currency are booked with; None for the company's own.

        Raises MappingMissing for another currency without one.
        """
        name = self._options.pricelists.get(currency)
        if name is None:
            if currency == self.currency():
                return None
            raise MappingMissing("pricelist", currency)
        found = self.named_pricelist(name)
        if found["currency_id"][1] != currency:
            raise RejectedError(
                f"the price list {name!r} is in {found['currency_id'][1]}, not {currency}",
                code="mapping_missing",
            )
        return int(found["id"])

    def named_pricelist(self, name: str) -> Record:
        domain = [["name", "=", name], ["company_id", "in", [False, self.company()["id"]]]]
        return self._one("price list", "product.pricelist", domain, name, ("currency_id",))

    def tax(self, name: str) -> int:
        domain = [["name", "=", name], ["type_tax_use", "=", "sale"],
                  ["company_id", "=", self.company()["id"]]]  # fmt: skip
        return self._id("tax", "account.tax", domain, name)

    def journal(self, code: str) -> int:
        domain = [["code", "=", code], ["company_id", "=", self.company()["id"]]]
        return self._id("journal", "account.journal", domain, code)

    def payment_journal(self, method: str) -> int:
        journals = self._options.payment_journals
        code = journals.get(method) or journals.get("*")
        if code is None:
            raise MappingMissing("payment journal", method)
        return self.journal(code)

    def account(self, word: str) -> int:
        """The account for a word of a journal entry; `payment:*` stands for all methods."""
        accounts = self._options.accounts
        code = accounts.get(word) or accounts.get(f"{word.partition(':')[0]}:*")
        if code is None:
            raise MappingMissing("account", word)
        return self._id("account", "account.account", [["code", "=", code]], code)

    def currency_id(self, code: str) -> int:
        return self._id("currency", "res.currency", [["name", "=", code]], code)

    def country(self, code: str) -> int | None:
        """None for an address without a country."""
        return self._id("country", "res.country", [["code", "=", code]], code) if code else None

    def state(self, country: str, state: str) -> int | None:
        """By ISO 3166-2 code, or None where Odoo does not list it."""
        code = state.removeprefix(f"{country}-")
        if not code:
            return None
        known = ("state", f"{country}-{code}")
        at, found = self._known.get(known, (0.0, {}))
        if not at or time.monotonic() - at >= REMEMBER_SECONDS:
            domain = [["code", "=", code], ["country_id.code", "=", country]]
            rows = self._client.search("res.country.state", domain, ("id",), limit=1)
            found = rows[0] if rows else {}
            self._known[known] = (time.monotonic(), found)
        return found.get("id")

    def tax_field(self) -> str:
        """Odoo 19 has another name for the taxes of a sales order's line."""
        return "tax_ids" if self.has_field("sale.order.line", "tax_ids") else "tax_id"

    def has_field(self, model: str, name: str) -> bool:
        at, known = self._known.get(("fields", model), (0.0, {}))
        if not known or time.monotonic() - at >= REMEMBER_SECONDS:
            known = self._client.call(model, "fields_get", attributes=["type"])
            self._known["fields", model] = (time.monotonic(), known)
        return name in known

    def products(self, codes: Iterable[str]) -> dict[str, Product]:
        """All of them, freshly read. Raises MappingMissing naming the first SKU that is missing."""
        wanted = sorted(set(codes))
        found: dict[str, Product] = {}
        domain = [["default_code", "in", wanted]]
        for row in self._client.search("product.product", domain, ("default_code", "uom_id")):
            if row["default_code"] in found:
                raise RejectedError(
                    f"several products have the reference {row['default_code']!r}", code="ambiguous"
                )
            found[row["default_code"]] = Product(row["id"], row["uom_id"][0])
        for code in wanted:
            if code not in found:
                raise MappingMissing("product", code)
        return found

    def problems(self) -> list[str]:
        """What of the settings Odoo does not know, one sentence each."""
        options = self._options
        services = (options.shipping_product, options.fee_product, options.rounding_product,
                    options.refund_product)  # fmt: skip
        listed = [name for name in (options.price_list,) if name]
        lookups: list[Callable[[], object]] = [
            self.company,
            *(lambda name=name: self.warehouse(name)
              for name in dict.fromkeys((options.warehouse, *options.stock_warehouses))),
            *(lambda code=code: self.pricelist(code) for code in options.pricelists),
            *(lambda name=name: self.named_pricelist(name) for name in listed),
            *(lambda name=name: self.tax(name) for name in dict.fromkeys(options.taxes.values())),
            *(lambda code=code: self.journal(code)
              for code in dict.fromkeys(options.payment_journals.values())),
            *(lambda word=word: self.account(word) for word in options.accounts),
            *(lambda code=code: self.products([code]) for code in dict.fromkeys(services)),
        ]  # fmt: skip
        found = []
        for lookup in lookups:
            try:
                lookup()
            except RejectedError as error:
                found.append(error.reason)
        return found

    def _id(self, table: str, model: str, domain: Domain, name: str) -> int:
        return int(self._one(table, model, domain, name)["id"])

    def _one(
        self, table: str, model: str, domain: Domain, name: str, fields: tuple[str, ...] = ()
    ) -> Record:
        at, record = self._known.get((table, name), (0.0, None))
        if record is not None and time.monotonic() - at < REMEMBER_SECONDS:
            return record
        rows = self._client.search(model, domain, ("id", *fields), limit=2)
        if not rows:
            raise MappingMissing(table, name)
        if len(rows) > 1:
            raise RejectedError(f"several records are called {name!r} as {table}", code="ambiguous")
        self._known[table, name] = (time.monotonic(), rows[0])
        return rows[0]
