"""Guard rails: each kind holds what it must in one case with its list; the rest goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from causeway.canonical import Money, Price, StockLevel
from causeway.catalog import held
from causeway.catalog.rails import RULES
from causeway.connectors.memory import Office
from causeway.engine.cataloguing import project_catalog
from causeway.ledger import cases
from causeway.policy import StorePolicy
from tests.world import World, office_connection

WORLDS = Callable[..., World]
COUNT = 10


@pytest.fixture
def shop(sqlite_url: str, office: Office, new_world: WORLDS) -> World:
    """Ten SKUs at 10.00, ten pieces each; from five changes on a run is looked at as a whole."""
    policy = StorePolicy(guard_from_rows=5, prices_include_tax=True, guard_run_percent=30)
    options = {"policies": {"berlin": policy}}
    world = new_world(sqlite_url, connections=(office_connection(office),), options=options)
    office.prices += [price(world, n, "10.00") for n in range(COUNT)]
    office.stock += [level(world, n, 10) for n in range(COUNT)]
    world.poll()
    world.clock.advance(minutes=1)
    return world


def price(world: World, number: int, amount: str, **changes: Any) -> Price:
    found = Price(f"S{number}", Money.of(amount, "EUR"), None, True, world.clock())
    return replace(found, **changes)


def level(world: World, number: int, on_hand: int) -> StockLevel:
    return StockLevel(f"S{number}", "MAIN", Decimal(on_hand), Decimal(0), world.clock())


def shown(world: World) -> dict[str, tuple[str, str, str | None]]:
    rows = world.shop().get("/v1/catalog").get_json()["rows"]
    return {r["sku"]: (r["quantity"], r["regular_price"], r["sale_price"]) for r in rows}


def the_case(world: World) -> Any:
    with world.context.ledger.read() as connection:
        (case,) = cases.find_open(connection)
    return case


def decide(world: World, key: str, approve: bool, sku: str = "") -> list[str]:
    with world.write() as connection:
        skus = held.decide(connection, key, approve, "test", world.clock(), sku)
    project_catalog(world.context)
    return skus


SALE = Money.of("12.00", "EUR")
# What the source says wrong → the rule that must keep it.
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "price_not_positive": ("0.00", {}),
    "price_change": ("99.00", {}),
    "sale_above_regular": ("10.00", {"sale": SALE}),
    "tax_mode": ("10.50", {"includes_tax": False}),
}


@pytest.mark.parametrize("rule", WRONG)
def test_what_is_wrong_is_held_in_one_case_and_the_rest_goes_on(
    shop: World, office: Office, rule: str
) -> None:
    amount, changes = WRONG[rule]
    office.prices += [price(shop, n, amount, **changes) for n in (0, 1)]
    office.prices.append(price(shop, 2, "10.90"))
    shop.poll()
    found = shown(shop)
    assert found["S0"] == found["S1"] == ("10", "10.00", None)
    assert found["S2"][1] == "10.90"
    case = the_case(shop)
    assert case.kind == f"held_{rule}"
    assert "S0: 10" in case.detail
    assert "S1: 10" in case.detail
    assert RULES[rule][0].lower() in case.title
    # One alone is approved, the other refused: both are decided, and the case is over.
    assert decide(shop, case.key, True, "S0") == ["S0"]
    assert "(1 held)" in the_case(shop).title
    assert decide(shop, case.key, False) == ["S1"]
    assert shown(shop)["S0"][1] == f"{Decimal(amount)}"
    assert shown(shop)["S1"][1] == "10.00"
    with shop.context.ledger.read() as connection:
        assert cases.find_open(connection) == []


@pytest.mark.parametrize("rule", WRONG)
def test_what_is_corrected_at_the_source_is_released_by_itself(
    shop: World, office: Office, rule: str
) -> None:
    amount, changes = WRONG[rule]
    office.prices += [price(shop, n, amount, **changes) for n in (0, 1)]
    shop.poll()
    shop.clock.advance(minutes=1)
    office.prices.append(price(shop, 0, "10.40"))
    shop.poll()
    assert shown(shop)["S0"][1] == "10.40"
    assert "(1 held)" in the_case(shop).title
    shop.clock.advance(minutes=1)
    office.prices.append(price(shop, 1, "10.30"))
    shop.poll()
    with shop.context.ledger.read() as connection:
        assert cases.find_open(connection) == []


def test_a_price_in_another_currency_is_held(shop: World, office: Office) -> None:
    office.prices.append(Price("NEW", Money.of("10.00", "USD"), None, True, shop.clock()))
    shop.poll()
    assert "NEW" not in shown(shop)
    case = the_case(shop)
    assert case.kind == "held_currency"
    assert "NEW: EUR → 10.00 USD" in case.detail
    shop.clock.advance(minutes=1)
    office.prices.append(price(shop, 0, "10.00", sku="NEW"))
    shop.poll()
    assert shown(shop)["NEW"][1] == "10.00"
    with shop.context.ledger.read() as connection:
        assert cases.find_open(connection) == []


def test_a_run_that_reprices_much_of_the_catalogue_is_held_and_stock_is_not(
    shop: World, office: Office
) -> None:
    office.prices += [price(shop, n, "11.00") for n in range(6)]
    office.stock += [level(shop, n, 7) for n in range(6)]
    shop.poll()
    assert {shown(shop)[f"S{n}"] for n in range(6)} == {("7", "10.00", None)}
    case = the_case(shop)
    assert case.kind == "held_mass_price"
    assert "(6 held)" in case.title
    decide(shop, case.key, True)
    assert {shown(shop)[f"S{n}"] for n in range(6)} == {("7", "11.00", None)}


def test_shelves_that_empty_at_once_stay_and_are_released_when_they_fill(
    shop: World, office: Office
) -> None:
    office.stock += [level(shop, n, 0) for n in range(6)]
    shop.poll()
    case = the_case(shop)
    assert case.kind == "held_mass_zero"
    assert shown(shop)["S0"][0] == "10"
    shop.clock.advance(minutes=1)
    office.stock += [level(shop, n, 9) for n in range(6)]
    shop.poll()
    assert shown(shop)["S0"][0] == "9"
    with shop.context.ledger.read() as connection:
        assert cases.find_open(connection) == []


def test_a_small_run_may_sell_out(shop: World, office: Office) -> None:
    office.stock += [level(shop, n, 0) for n in range(2)]
    shop.poll()
    assert shown(shop)["S0"][0] == "0"


def test_what_was_refused_is_held_anew_once_it_says_something_else(
    shop: World, office: Office
) -> None:
    office.prices.append(price(shop, 0, "99.00"))
    shop.poll()
    decide(shop, the_case(shop).key, False)
    shop.clock.advance(minutes=1)
    office.prices.append(price(shop, 0, "98.00", as_of=shop.clock() + timedelta(seconds=1)))
    shop.poll()
    assert shown(shop)["S0"][1] == "10.00"
    assert "S0: 10" in the_case(shop).detail
