"""Which connection books an order, and which warehouses send it: rules, each choice explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from causeway.canonical import Order, OrderLine
from causeway.flows.scene import Scene
from causeway.policy import Rule

Place = tuple[str, str]
"""A connection and a warehouse of it; an empty warehouse is whatever the connection takes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """So many of one line from one place, by which rule, and why not by the rules before it."""

    order_line_id: str
    sku: str
    quantity: Decimal
    connection: str
    warehouse: str
    rule: str
    passed_over: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        return self.connection, self.warehouse


@dataclass(frozen=True, slots=True)
class Route:
    """Where an order goes. What nobody can send stands in `stranded`, as (line id, quantity)."""

    choices: tuple[Choice, ...]
    stranded: tuple[tuple[str, Decimal], ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(dict.fromkeys(choice.place for choice in self.choices))


def booking_side(order: Order, scene: Scene) -> str:
    """The ERP for the order: by the first rule that fits, else the first; empty if none."""
    able = [side.name for side in scene.plays("erp")]
    lines = order.product_lines
    for rule in scene.policy.routes:
        if rule.role != "erp" or rule.connection not in able or _not_for_order(rule, order):
            continue
        if not any(_not_for_line(rule, line) for line in lines):
            return rule.connection
    return able[0] if able else ""


def goods_route(
    order: Order,
    wanted: Mapping[str, Decimal],
    scene: Scene,
    closed: Mapping[str, Collection[Place]] | None = None,
) -> Route:
    """Where `wanted` (line id → quantity) is sent from.

    `closed` has, by line, the places that said no to it. With `split` off everything goes to
    the first place that can send all of it, or else wherever the first line goes.
    """
    shelf = dict(scene.stock)
    lines = [line for line in order.product_lines if wanted.get(line.id, 0) > 0]
    no = closed or {}
    rules = _rules(order, scene)
    choices: list[Choice] = []
    stranded: list[tuple[str, Decimal]] = []
    for line in lines:
        found, rest = _line_route(line, wanted[line.id], rules, scene, shelf, no.get(line.id, ()))
        choices += found
        if rest:
            stranded.append((line.id, rest))
    route = Route(tuple(choices), tuple(stranded))
    if scene.policy.split or len(route.places) < 2:
        return route
    return _together(order, lines, wanted, scene, no, route)


def _rules(order: Order, scene: Scene) -> list[tuple[Rule, str]]:
    """The rules for goods, each with why it fits none of the order's lines, if that is so."""
    able = {side.name for side in scene.plays("fulfilment")}
    return [
        (rule, _unable(rule, able) or _not_for_order(rule, order))
        for rule in scene.policy.routes
        if rule.role == "fulfilment"
    ]


def _line_route(
    line: OrderLine,
    quantity: Decimal,
    rules: Sequence[tuple[Rule, str]],
    scene: Scene,
    shelf: dict[tuple[str, str], Decimal],
    closed: Collection[Place],
) -> tuple[list[Choice], Decimal]:
    """Rule by rule as far as stock reaches; the rest by the first rule that fits, stock or not."""
    choices: list[Choice] = []
    passed: list[str] = []
    fallback: Rule | None = None
    for rule, never in rules:
        if reason := never or _closed(rule, closed) or _not_for_line(rule, line):
            passed.append(f"{rule.name}: {reason}")
            continue
        fallback = fallback or rule
        take = quantity
        if rule.in_stock:
            there = max(shelf.get((rule.warehouse, line.sku), Decimal(0)), Decimal(0))
            take = min(quantity, there)
            if take < quantity:
                passed.append(f"{rule.name}: only {there:f} of {quantity:f} there")
            if not take:
                continue
            shelf[rule.warehouse, line.sku] = there - take
        choices.append(_choice(line, take, rule.connection, rule.warehouse, rule.name, passed))
        quantity -= take
        if not quantity:
            return choices, quantity
    last = _last_resort(scene, fallback, closed)
    if last is None:
        return choices, quantity
    return [*choices, _choice(line, quantity, *last, passed)], Decimal(0)


def _last_resort(
    scene: Scene, fallback: Rule | None, closed: Collection[Place]
) -> tuple[str, str, str] | None:
    """(connection, warehouse, rule) where stock decides nothing any more."""
    if fallback is not None:
        return fallback.connection, fallback.warehouse, f"{fallback.name}, though it lacks stock"
    refused = {connection for connection, _ in closed}
    for side in scene.plays("fulfilment"):
        if side.name not in refused:
            return side.name, "", "no rule fits: the next connection that sends goods"
    return None


def _together(
    order: Order,
    lines: list[OrderLine],
    wanted: Mapping[str, Decimal],
    scene: Scene,
    closed: Mapping[str, Collection[Place]],
    route: Route,
) -> Route:
    """All of it from one place: the one that already has the most, if no line is closed to it."""
    counts = {
        place: sum((c.quantity for c in route.choices if c.place == place), Decimal(0))
        for place in route.places
    }
    for place in sorted(counts, key=lambda p: -counts[p]):
        if any(place in closed.get(line.id, ()) for line in lines):
            continue
        connection, warehouse = place
        why = "all from one place"
        return Route(tuple(_choice(x, wanted[x.id], connection, warehouse, why, []) for x in lines))
    return route


def _choice(
    line: OrderLine,
    quantity: Decimal,
    connection: str,
    warehouse: str,
    rule: str,
    passed: list[str],
) -> Choice:
    return Choice(line.id, line.sku, quantity, connection, warehouse, rule, tuple(passed))


def _unable(rule: Rule, able: Collection[str]) -> str:
    if rule.connection in able:
        return ""
    return f"connection {rule.connection} sends no goods for this store"


def _closed(rule: Rule, closed: Collection[Place]) -> str:
    if (rule.connection, rule.warehouse) in closed:
        return f"{rule.warehouse or rule.connection} said no"
    return ""


def _not_for_order(rule: Rule, order: Order) -> str:
    """Why the rule fits no line of the order; empty when it may."""
    country = (order.shipping or order.billing).country
    if rule.countries and country not in rule.countries:
        return f"{country or 'no country'} is none of its countries"
    if rule.shipping and not any(_fits(rule.shipping, word) for word in _methods(order)):
        return "the shipping method is another"
    return ""


def _not_for_line(rule: Rule, line: OrderLine) -> str:
    """Why the rule does not fit the line; empty when it does."""
    if rule.skus and not _fits(rule.skus, line.sku):
        return f"{line.sku} is none of its SKUs"
    if rule.min_weight is None and rule.max_weight is None:
        return ""
    weight = line.weight * line.quantity
    if rule.min_weight is not None and weight < rule.min_weight:
        return f"{weight:f} kg is too light"
    if rule.max_weight is not None and weight > rule.max_weight:
        return f"{weight:f} kg is too heavy"
    return ""


def _methods(order: Order) -> list[str]:
    return [word for line in order.lines if line.kind == "shipping" for word in (line.code,)]


def _fits(patterns: tuple[str, ...], word: str) -> bool:
    return any(fnmatchcase(word.lower(), pattern.lower()) for pattern in patterns)
