"""The order as every connector sees it, whatever shop it came from.

All amounts of an order share its currency. Line amounts are net of tax and after discounts, so
lines + shipping + fees + tax is the total; discounts are told beside them for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from causeway.canonical.money import Money

LineKind = Literal["product", "shipping", "fee"]


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. Empty text where the shop has none; `country` is ISO 3166-1 alpha-2."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.company

    def __bool__(self) -> bool:
        """Whether there is somewhere to send things to."""
        return bool(self.address_1 or self.city or self.postcode)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought. `id` is the shop's own number for a registered customer, empty for a guest."""

    id: str
    email: str
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax rate of an order with what was charged under it.

    `percent` is the rate in percent, `compound` whether it is computed on top of other taxes;
    `total` includes `shipping_total`.
    """

    id: str
    code: str
    label: str
    percent: Decimal
    compound: bool
    total: Money
    shipping_total: Money


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """What one line pays under one rate of the order."""

    rate_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A product, a shipping charge or a fee.

    `id` is the shop's line id; `sku` is empty for shipping and fees; `quantity` may have
    decimals; `unit_price` is net before discounts, `total` net after them for the whole line.
    `code` is the shop's own word: product or variation id, shipping method id, fee name.
    """

    id: str
    kind: LineKind
    name: str
    sku: str
    quantity: Decimal
    unit_price: Money
    subtotal: Money
    total: Money
    tax: Money
    taxes: tuple[TaxAmount, ...] = ()
    code: str = ""
    weight: Decimal = Decimal(0)
    """Kilograms of one, 0 where the shop does not say it."""
    part_of: str = ""
    """The line of the bundle it belongs to, where a bundle plugin says so."""
    to_send: bool = True
    """Whether it is goods: false for what the shop says needs no shipping."""


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What of one order line is given back. Quantity and amounts are positive.

    `restocked` is how many of it went back to the shop's shelf. `unsent` is how many had still to
    be sent and are taken off the sales order by a cancellation of their own: a back office that
    works out what is left to invoice must count their credit against it, or it credits them twice.
    """

    order_line_id: str
    kind: LineKind
    name: str
    sku: str
    quantity: Decimal
    total: Money
    tax: Money
    taxes: tuple[TaxAmount, ...] = ()
    restocked: Decimal = Decimal(0)
    unsent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for an order. `total` is positive and includes tax.

    `lines` may be empty or sum to less than `total`: shops refund plain amounts too.
    `created_at` is UTC.
    """

    id: str
    total: Money
    reason: str
    created_at: datetime
    lines: tuple[RefundLine, ...] = ()
    origin: str = ""
    """The key of the update it was made by, or as shops tell it the SHA-256 of that key, where it
    is the echo of one of ours."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one store, at one version.

    `store` is Causeway's name for the shop, `id` the shop's own id, `number` what its people call
    it, `status` the shop's word in its canonical spelling without prefix. Times are UTC.
    """

    store: str
    id: str
    number: str
    status: str
    currency: str
    created_at: datetime
    paid_at: datetime | None
    customer: Customer
    billing: Address
    shipping: Address
    payment_method: str
    payment_title: str
    lines: tuple[OrderLine, ...]
    tax_rates: tuple[TaxRate, ...]
    discount_total: Money
    total: Money
    refunds: tuple[Refund, ...] = ()
    customer_note: str = ""
    prices_include_tax: bool = False
    rounding: Money | None = None
    """What must be added to the parts to reach the total, where rounding explains it."""
    purchase_order: str = ""
    """The buyer's own reference, where the shop asks businesses for one."""
    subscription: str = ""
    """The subscription it renews, where a plugin says so."""
    needs_shipping: bool = True
    """Whether anything of it has to be sent: false for downloads and services."""
    payment_reference: str = ""
    """The payment provider's own id of the payment."""
    captured: bool = True
    """False while the provider has only promised the money."""
    marks: tuple[tuple[str, str], ...] = ()
    """What other plugins wrote on the order and a policy may ask for, as (meta key, value)."""

    @property
    def product_lines(self) -> tuple[OrderLine, ...]:
        return tuple(line for line in self.lines if line.kind == "product")

    @property
    def goods(self) -> tuple[OrderLine, ...]:
        """The product lines that somebody has to send."""
        return tuple(line for line in self.product_lines if line.to_send)

    @property
    def net_total(self) -> Money:
        return Money.total([line.total for line in self.lines], self.currency)

    @property
    def tax_total(self) -> Money:
        return Money.total([rate.total for rate in self.tax_rates], self.currency)

    @property
    def difference(self) -> Money:
        """The total less all its parts: zero for an order that adds up."""
        return self.total - self.net_total - self.tax_total
