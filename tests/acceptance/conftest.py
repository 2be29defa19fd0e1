"""Real shops for acceptance tests; skipped, in a sentence, where one cannot stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.shop.matrix import Combination, combinations
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import PLUGIN, PLUGIN_FILE, Shop
from tests.shop.sidecar import Sidecar

Say = Callable[[str], None]
OF_EACH_COMBINATION = ("bare_shop", "shop", "paired", "whole_road")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for one of these shops runs on each combination."""
    if any(name in metafunc.fixturenames for name in OF_EACH_COMBINATION):
        metafunc.parametrize("combination", combinations(), ids=str, scope="session", indirect=True)


@pytest.fixture(scope="session")
def combination(request: pytest.FixtureRequest) -> Combination:
    found: Combination = request.param
    return found


@pytest.fixture(scope="session")
def bare_shop(combination: Combination, say: Say) -> Iterator[Shop]:
    """WooCommerce alone."""
    with standing(say, plugin=None, **combination.options()) as shop:
        yield shop


@pytest.fixture(scope="session")
def shop(combination: Combination, say: Say) -> Iterator[Shop]:
    """With the plugin switched on, and not yet paired."""
    if not (PLUGIN / PLUGIN_FILE).is_file():
        pytest.skip(f"no acceptance test of the plugin: {PLUGIN / PLUGIN_FILE} is not there")
    with standing(say, **combination.options()) as shop:
        yield shop


@pytest.fixture(scope="session")
def sidecar(shop: Shop) -> Iterator[Sidecar]:
    """A sidecar with the sandbox back office, that knows the shop."""
    sidecar = Sidecar(shop.place.folder / "sidecar", free_port(), shop.url)
    yield sidecar
    sidecar.stop()


@pytest.fixture(scope="session")
def paired(shop: Shop, sidecar: Sidecar) -> Shop:
    """The shop with the plugin, paired with `sidecar`."""
    shop.pair(sidecar.code)
    return shop


@contextmanager
def standing(say: Say, **options: Any) -> Iterator[Shop]:
    """A shop of those options, or a skip that says why not."""
    try:
        shop = Shop(say=say, **options)
        shop.__enter__()
    except CannotStand as problem:
        pytest.skip(f"no real shop to test on: {problem}")
    try:
        yield shop
    finally:
        shop.__exit__()
