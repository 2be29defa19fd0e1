"""Whether an order can be booked as it stands. Each trouble says what is wrong and what to do."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from causeway.canonical import Money, Order
from causeway.flows.decision import Trouble
from causeway.policy import StorePolicy


def troubles_of(order: Order, policy: StorePolicy) -> tuple[Trouble, ...]:
    """Everything that keeps the order from being booked; empty for a good one."""
    found = [
        _no_lines(order),
        _no_sku(order),
        _does_not_add_up(order, policy),
        _taxes_do_not_add_up(order, policy),
        _nowhere_to_send(order),
    ]
    return tuple(trouble for trouble in found if trouble is not None)


def rounding_of(order: Order, policy: StorePolicy) -> Money | None:
    """What rounding must add to reach the total; None for an order that adds up exactly."""
    difference = order.difference.rounded()
    return difference if difference and _within(difference, policy) else None


def _within(difference: Money, policy: StorePolicy) -> bool:
    return abs(difference.minor_units()) <= policy.rounding_minor_units


def _no_lines(order: Order) -> Trouble | None:
    if order.product_lines or order.total:
        return None
    return Trouble(
        "empty_order",
        f"Order {order.number} has no lines",
        "It has neither products nor a total.",
        "Look at the order in the shop: another plugin may have failed while saving it. "
        "Save it again once it is whole.",
    )


def _no_sku(order: Order) -> Trouble | None:
    names = [line.name for line in order.product_lines if not line.sku]
    numbers = [line.code for line in order.product_lines if not line.sku]
    if not names:
        return None
    return Trouble(
        "missing_sku",
        f"Order {order.number}: {len(names)} of its products without a SKU",
        f"Without a SKU: {_few(names)}.",
        "Give the product its SKU in the shop and save the order again. For a product that was "
        f"deleted, say what it was: causeway mapping add {order.store} sku '#{numbers[0]}' SKU",
    )


def _does_not_add_up(order: Order, policy: StorePolicy) -> Trouble | None:
    difference = order.difference.rounded()
    if _within(difference, policy):
        return None
    return Trouble(
        "total_mismatch",
        f"Order {order.number} misses its own total by {difference}",
        f"Lines, shipping and fees {order.net_total} and taxes {order.tax_total} make "
        f"{order.net_total + order.tax_total}, the shop says {order.total}. Rounding explains at "
        f"most {policy.rounding_minor_units} of the smallest coin.",
        "Recalculate the order in the shop and save it; or book it by hand.",
    )


def _taxes_do_not_add_up(order: Order, policy: StorePolicy) -> Trouble | None:
    for rate in order.tax_rates:
        shares = [t.amount for line in order.lines for t in line.taxes if t.rate_id == rate.id]
        difference = rate.total - Money.total(shares, order.currency)
        # Each share is rounded on its own, by half the smallest coin at most.
        explained = (Decimal(len(shares)) / 2).to_integral_value(ROUND_CEILING)
        if abs(difference.minor_units()) > max(explained, Decimal(policy.rounding_minor_units)):
            return Trouble(
                "tax_mismatch",
                f"Order {order.number}: tax {rate.label or rate.code} misses its lines by "
                f"{difference.rounded()}",
                f"The lines carry {Money.total(shares, order.currency)} of it, "
                f"the order says {rate.total}.",
                "Recalculate the order in the shop and save it; or book it by hand.",
            )
    return None


def _nowhere_to_send(order: Order) -> Trouble | None:
    address = order.shipping or order.billing
    if not order.needs_shipping or not order.product_lines or (address and address.country):
        return None
    return Trouble(
        "no_address",
        f"Order {order.number} has to be sent but has no address",
        "Both the shipping and the billing address lack street, city or country.",
        "Complete the address in the shop and save the order.",
    )


def _few(names: list[str], most: int = 3) -> str:
    shown = ", ".join(f"“{name[:60]}”" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
