"""Where our words have their counterparts in Tryton: names and codes to ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from causeway.connectors.tryton.client import Domain, Record, TrytonClient
from causeway.connectors.tryton.options import TrytonOptions
from causeway.errors import MappingMissing, RejectedError

REMEMBER_SECONDS = 300.0
BLOCK = 50  # codes in one search; more make addresses too long for some proxies


@dataclass(frozen=True, slots=True)
class Product:
    """A product of Tryton: its id and the unit it is sold in."""

    id: int
    unit: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse and the place its parcels leave from."""

    id: int
    output: int


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """Where money received goes: the journal and the account it is on from then on."""

    journal: int
    account: int
    party_required: bool


class Directory:
    """Looks names up and remembers those of the settings for some minutes.

    Raises MappingMissing with table and value for what is not there, RejectedError for a name
    that several records bear.
    """

    def __init__(self, client: TrytonClient, options: TrytonOptions) -> None:
        self._client = client
        self._options = options
        self._known: dict[tuple[str, str], tuple[float, Record]] = {}
        self._absent: dict[str, float] = {}
        self._fields: dict[tuple[str, str], tuple[float, bool]] = {}

    def company(self) -> int:
        name = self._options.company
        domain: Domain = [["party.name", "=", name]] if name else []
        return self._id("company", "company.company", domain, name or "the only company")

    def company_currency(self) -> str:
        name = self._options.company
        domain: Domain = [["party.name", "=", name]] if name else []
        found = self._one("company and currency", "company.company", domain,
                          name or "the only company", ("currency.code",))  # fmt: skip
        return str(found["currency"]["code"])

    def price_list(self, name: str) -> int:
        return self._id("price list", "product.price_list", [["name", "=", name]], name)

    def web_shop(self) -> int:
        name = self._options.web_shop
        return self._id("web shop", "web.shop", [["name", "=", name]], name)

    def warehouse(self, name: str) -> Warehouse:
        domain: Domain = [
            ["type", "=", "warehouse"],
            ["OR", ["code", "=", name], ["name", "=", name]],
        ]
        found = self._one("warehouse", "stock.location", domain, name, ("output_location",))
        return Warehouse(found["id"], found["output_location"])

    def payment_term(self) -> int | None:
        name = self._options.payment_term
        model = "account.invoice.payment_term"
        return self._id("payment term", model, [["name", "=", name]], name) if name else None

    def payment_method(self, method: str) -> PaymentMethod:
        """By the shop's word for it. Raises MappingMissing where nothing is set for it."""
        methods = self._options.payment_methods
        name = methods.get(method) or methods.get("*")
        if name is None:
            raise MappingMissing("payment method", method)
        return self.named_payment_method(name)

    def named_payment_method(self, name: str) -> PaymentMethod:
        found = self._one(
            "payment method", "account.invoice.payment.method",
            [["name", "=", name], ["company", "=", self.company()]], name,
            ("journal", "debit_account.party_required"),
        )  # fmt: skip
        account = found["debit_account"]
        return PaymentMethod(found["journal"], account["id"], bool(account["party_required"]))

    def tax(self, name: str) -> int:
        domain: Domain = [
            ["name", "=", name],
            ["company", "=", self.company()],
            ["parent", "=", None],
        ]
        return self._id("tax", "account.tax", domain, name)

    def currency(self, code: str) -> int:
        return self._id("currency", "currency.currency", [["code", "=", code]], code)

    def country(self, code: str) -> int | None:
        """None for an address without a country."""
        return self._id("country", "country.country", [["code", "=", code]], code) if code else None

    def subdivision(self, country: str, state: str) -> int | None:
        """By ISO 3166-2 code, or None where Tryton does not list it: shops write what they like."""
        if not state:
            return None
        code = state if state.startswith(f"{country}-") else f"{country}-{state}"
        if time.monotonic() - self._absent.get(code, -REMEMBER_SECONDS) < REMEMBER_SECONDS:
            return None
        try:
            return self._id("subdivision", "country.subdivision", [["code", "=", code]], code)
        except MappingMissing:
            self._absent[code] = time.monotonic()
            return None

    def has_field(self, model: str, name: str) -> bool:
        """Whether the modules installed over there give the model this field."""
        at, found = self._fields.get((model, name), (0.0, False))
        if not at or time.monotonic() - at > REMEMBER_SECONDS:
            found = self._client.has_field(model, name)
            self._fields[model, name] = (time.monotonic(), found)
        return found

    def products(self, codes: Iterable[str]) -> dict[str, Product]:
        """All of them, freshly read. Raises MappingMissing naming the first SKU that is missing."""
        wanted = sorted(set(codes))
        found: dict[str, Product] = {}
        for start in range(0, len(wanted), BLOCK):
            rows = self._client.search(
                "product.product",
                [["code", "in", wanted[start : start + BLOCK]]],
                ("code", "sale_uom", "default_uom"),
                context={"company": self.company()},
            )
            for row in rows:
                if row["code"] in found:
                    raise RejectedError(
                        f"several products have the code {row['code']!r}", code="ambiguous"
                    )
                found[row["code"]] = Product(row["id"], row["sale_uom"] or row["default_uom"])
        for code in wanted:
            if code not in found:
                raise MappingMissing("product", code)
        return found

    def problems(self) -> list[str]:
        """What of the settings Tryton does not know, one sentence each."""
        options = self._options
        services = (options.shipping_product, options.fee_product, options.rounding_product,
                    options.refund_product)  # fmt: skip
        lookups: list[Callable[[], object]] = [
            self.company, self.web_shop, self.payment_term,
            *(lambda name=name: self.warehouse(name)
              for name in dict.fromkeys((options.warehouse, *options.stock_warehouses))),
            *(lambda name=name: self.price_list(name)
              for name in (options.price_list,) if name),
            *(lambda name=name: self.tax(name) for name in dict.fromkeys(options.taxes.values())),
            *(lambda name=name: self.named_payment_method(name)
              for name in dict.fromkeys(options.payment_methods.values())),
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
        found: int = self._one(table, model, domain, name)["id"]
        return found

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
