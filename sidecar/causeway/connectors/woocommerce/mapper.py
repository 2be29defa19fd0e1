"""WooCommerce's order, as its REST v3 renders it, read as a canonical Order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from causeway.canonical import (
    Address,
    Customer,
    Money,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    TaxAmount,
    TaxRate,
    exponent,
)
from causeway.canonical.order import LineKind
from causeway.connectors.woocommerce import gift_cards
from causeway.connectors.woocommerce.schema import OrderDataSchema
from causeway.errors import MappingError

SCHEMA = "woocommerce.order/3"
# Where common tax and business plugins keep these (EU VAT plugins, B2B and PO gateways).
VAT_KEYS = ("_billing_vat_id", "_billing_vat_number", "_vat_number", "billing_vat_id", "_vat_id")
PO_KEYS = ("po_number", "_po_number", "_billing_po_number", "purchase_order_number")
# Where plugins of sequential order numbers keep the number people know (WooCommerce Sequential
# Order Numbers, its Pro version, YITH, WebToffee, BeRocket, Custom Order Numbers).
NUMBER_KEYS = (
    "_order_number_formatted",
    "_order_number",
    "_ywson_custom_number_order_complete",
    "_alg_wc_full_custom_order_number",
    "_alg_wc_custom_order_number",
    "_sequential_order_number",
)
# What gateways write while a payment is only authorised: meta key → the words that say so
# (WooCommerce Stripe, WooPayments, PayPal Payments, Square, Klarna for WooCommerce).
UNCAPTURED = {
    "_stripe_charge_captured": ("no",),
    "_intention_status": ("requires_capture",),
    "_ppcp_paypal_captured": ("false", "no"),
    "_wc_square_credit_card_charge_captured": ("no",),
}
# Where WooCommerce Subscriptions names the subscription that an order belongs to.
SUBSCRIPTION_KEYS = ("_subscription_renewal", "_subscription_resubscribe", "_subscription_switch")
# Where bundle plugins name the line a part belongs to (Product Bundles, Composite Products, YITH).
BUNDLE_KEYS = ("_bundled_by", "_composite_parent", "_bundled_item_parent", "_yith_bundle_parent")
# Product Bundles: a part that is packed into its bundle is not sent by itself.
PACKED_KEYS = ("_bundled_item_needs_shipping",)
ECHO_KEY = "_causeway_key"
_DATA = OrderDataSchema()
Raw = Mapping[str, Any]


def to_order(store: str, data: Raw, wanted: frozenset[str] = frozenset()) -> Order:
    """The canonical order of `data` = {"order": …, "refunds": […]}.

    `wanted` are the keys of order meta that a policy looks at; they come as its `marks`.
    Numbers with decimals must have been parsed as Decimal. Raises MappingError naming the first
    field that makes no sense.
    """
    try:
        loaded: Raw = _DATA.load(dict(data))
    except ValidationError as error:
        raise _mapping_error(error) from error
    try:
        order = _order(store, loaded["order"], loaded["refunds"], wanted)
        order = _with_gift_cards(order, data["order"])  # `difference` raises where the sum is none
    except (ArithmeticError, ValueError) as error:
        # Each figure is one of this world, but what they make together is not.
        raise MappingError(
            "order", "its figures cannot be added up or divided", _remedy()
        ) from error
    return order


def _order(store: str, raw: Raw, refunds: Iterable[Raw], wanted: frozenset[str]) -> Order:
    currency = raw["currency"]
    shipping = _address(raw["shipping"])
    return Order(
        store=store,
        id=raw["id"],
        number=_number(raw),
        status=raw["status"].removeprefix("wc-"),
        currency=currency,
        created_at=_utc(raw["date_created_gmt"]),
        paid_at=_utc(raw["date_paid_gmt"]) if raw["date_paid_gmt"] else None,
        customer=_customer(raw),
        billing=_address(raw["billing"]),
        shipping=shipping,
        payment_method=raw["payment_method"] or "",
        payment_title=raw["payment_method_title"] or "",
        lines=tuple(_all_lines(raw, currency)),
        tax_rates=tuple(_tax_rate(line, currency) for line in raw["tax_lines"]),
        discount_total=Money(raw["discount_total"], currency),
        total=Money(raw["total"], currency),
        refunds=_refunds(raw, refunds, currency),
        customer_note=raw["customer_note"] or "",
        prices_include_tax=raw["prices_include_tax"],
        purchase_order=_meta(raw, PO_KEYS),
        subscription=_meta(raw, SUBSCRIPTION_KEYS)[:64],
        needs_shipping=_needs_shipping(raw, shipping),
        payment_reference=(raw["transaction_id"] or "")[:255],
        captured=_captured(raw),
        marks=_marks(raw, wanted),
    )


def _with_gift_cards(order: Order, raw: Raw) -> Order:
    """With what gift cards paid, where that is by how much the order misses its own sum.

    Some plugins tell them and write a fee for them too, as YITH's on request: then it adds up.
    """
    difference = order.difference
    paid = gift_cards.amounts(raw) if difference else ()
    missed = difference + Money(sum(paid, Decimal(0)), order.currency)
    if not paid or abs(missed.rounded().minor_units()) > 1:
        return order
    return replace(order, lines=(*order.lines, *gift_cards.lines(paid, order.currency)))


def _number(raw: Raw) -> str:
    """What people call the order. WooCommerce renders it through the plugins' own filter, so its
    `number` is right unless it is still the bare id: then meta may know better.
    """
    number: str = raw["number"]
    return number if number != raw["id"] else _meta(raw, NUMBER_KEYS)[:64] or number


def _captured(raw: Raw) -> bool:
    """Whether the money was collected; authorised only where a gateway says so."""
    found = {meta["key"]: meta["value"] for meta in raw["meta_data"]}
    return not any(str(found.get(key)).lower() in words for key, words in UNCAPTURED.items())


def _marks(raw: Raw, wanted: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (meta["key"], str(meta["value"]).strip()[:255])
        for meta in raw["meta_data"]
        if meta["key"] in wanted
        and isinstance(meta["value"], str | int)
        and str(meta["value"]).strip()
    )


def _needs_shipping(raw: Raw, shipping: Address) -> bool:
    """The plugin says it of each line. WooCommerce's own webhooks do not: there a shipping line
    says it, or work to do and an address.

    `needs_processing` is false only when every product is virtual and downloadable
    (`WC_Order::needs_processing`); orders made by hand often lack the shipping line.
    """
    said = [line["needs_shipping"] for line in raw["line_items"]]
    if said and None not in said:
        return any(said)
    return bool(raw["shipping_lines"]) or bool(raw["needs_processing"] and shipping)


def _all_lines(raw: Raw, currency: str) -> Iterable[OrderLine]:
    for line in raw["line_items"]:
        yield _product_line(line, currency)
    for line in raw["shipping_lines"]:
        name = line["method_title"]
        yield _plain_line("shipping", line, name, line["method_id"] or "", currency)
    for line in raw["fee_lines"]:
        yield _plain_line("fee", line, line["name"] or "", line["name"] or "", currency)


def _product_line(raw: Raw, currency: str) -> OrderLine:
    variation = raw["variation_id"]
    return OrderLine(
        id=raw["id"],
        kind="product",
        name=raw["name"],
        sku=(raw["sku"] or "").strip(),
        quantity=raw["quantity"],
        unit_price=_unit_price(raw["subtotal"], raw["quantity"], currency),
        subtotal=Money(raw["subtotal"], currency),
        total=Money(raw["total"], currency),
        tax=Money(raw["total_tax"], currency),
        taxes=_taxes(raw, currency),
        code=variation if variation not in ("", "0") else raw["product_id"],
        weight=raw["weight"] or Decimal(0),
        part_of=_meta(raw, BUNDLE_KEYS)[:64],
        to_send=raw["needs_shipping"] is not False and _meta(raw, PACKED_KEYS) != "no",
    )


def _plain_line(kind: LineKind, raw: Raw, name: str, code: str, currency: str) -> OrderLine:
    total = Money(raw["total"], currency)
    return OrderLine(
        id=raw["id"],
        kind=kind,
        name=name,
        sku="",
        quantity=Decimal(1),
        unit_price=total,
        subtotal=total,
        total=total,
        tax=Money(raw["total_tax"], currency),
        taxes=_taxes(raw, currency),
        code=code,
    )


def _unit_price(subtotal: Decimal, quantity: Decimal, currency: str) -> Money:
    """Net price of one, to four decimals past the minor unit; WooCommerce keeps only the sum."""
    if not quantity:
        return Money(subtotal, currency)
    step = Decimal(1).scaleb(-exponent(currency) - 4)
    return Money((subtotal / quantity).quantize(step).normalize() + Decimal(0), currency)


def _taxes(raw: Raw, currency: str, sign: int = 1) -> tuple[TaxAmount, ...]:
    return tuple(
        TaxAmount(tax["id"], Money(tax["total"] * sign, currency))
        for tax in raw["taxes"]
        if tax["total"]
    )


def _tax_rate(raw: Raw, currency: str) -> TaxRate:
    shipping = Money(raw["shipping_tax_total"], currency)
    return TaxRate(
        id=raw["rate_id"],
        code=raw["rate_code"],
        label=raw["label"],
        percent=raw["rate_percent"] or Decimal(0),
        compound=raw["compound"],
        total=Money(raw["tax_total"], currency) + shipping,
        shipping_total=shipping,
    )


def _refunds(raw: Raw, refunds: Iterable[Raw], currency: str) -> tuple[Refund, ...]:
    """With what went back to the shelf: WooCommerce counts that on the order's lines, for all
    refunds of the line together, so it is given to the oldest refunds first.
    """
    back = {
        line["id"]: Decimal(count)
        for line in raw["line_items"]
        if (count := _meta(line, ("_restock_refunded_items",))).isdigit()
    }
    found = [_refund(refund, currency) for refund in refunds]
    shared: dict[str, Refund] = {}
    for refund in sorted(found, key=lambda each: (each.created_at, each.id)):
        shared[refund.id] = replace(
            refund, lines=tuple(_restocked(line, back) for line in refund.lines)
        )
    return tuple(shared[refund.id] for refund in found)


def _restocked(line: RefundLine, back: dict[str, Decimal]) -> RefundLine:
    share = min(line.quantity, back.get(line.order_line_id, Decimal(0)))
    if not share:
        return line
    back[line.order_line_id] -= share
    return replace(line, restocked=share)


def _refund(raw: Raw, currency: str) -> Refund:
    lines: list[RefundLine] = []
    kinds: tuple[tuple[str, LineKind], ...] = (
        ("line_items", "product"),
        ("shipping_lines", "shipping"),
        ("fee_lines", "fee"),
    )
    for member, kind in kinds:
        lines.extend(_refund_line(kind, line, currency) for line in raw[member])
    return Refund(
        id=raw["id"],
        total=Money(abs(raw["amount"]), currency),
        reason=raw["reason"] or "",
        created_at=_utc(raw["date_created_gmt"]),
        lines=tuple(lines),
        origin=_meta(raw, (ECHO_KEY,)),
    )


def _refund_line(kind: LineKind, raw: Raw, currency: str) -> RefundLine:
    """WooCommerce writes refunds as negative lines that name the line they refer to in meta."""
    return RefundLine(
        order_line_id=_meta(raw, ("_refunded_item_id",)),
        kind=kind,
        name=raw.get("name") or raw.get("method_title") or "",
        sku=(raw.get("sku") or "").strip(),
        quantity=abs(raw.get("quantity", Decimal(0))),
        total=Money(-raw["total"], currency),
        tax=Money(-raw["total_tax"], currency),
        taxes=_taxes(raw, currency, sign=-1),
    )


def _customer(raw: Raw) -> Customer:
    number = raw["customer_id"]
    return Customer(
        id="" if number == "0" else number,
        email=(raw["billing"]["email"] or "").strip(),
        vat_id=_meta(raw, VAT_KEYS),
    )


def _address(raw: Raw) -> Address:
    return Address(**{key: (value or "").strip() for key, value in raw.items() if key != "email"})


def _meta(raw: Raw, keys: tuple[str, ...]) -> str:
    found = {meta["key"]: meta["value"] for meta in raw["meta_data"]}
    for key in keys:
        value = found.get(key)
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()[:255]
    return ""


def _utc(naive: datetime) -> datetime:
    """WooCommerce writes `*_gmt` times as UTC without saying so."""
    return naive.replace(tzinfo=UTC)


def _mapping_error(error: ValidationError) -> MappingError:
    path: list[str] = []
    node: Any = error.messages
    while isinstance(node, dict) and node:
        key, node = next(iter(node.items()))
        path.append(str(key))
    problem = str(node[0] if isinstance(node, list) and node else node).rstrip(".")
    return MappingError(".".join(path), problem, _remedy())


def _remedy() -> str:
    return f"It must be as WooCommerce's REST v3 renders an order ({SCHEMA})"
