"""One shop for all tests of what its owner sees, paired anew for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.admin.pages import forget
from tests.acceptance.conftest import Say, standing
from tests.shop.matrix import Combination
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import PLUGIN, PLUGIN_FILE, Shop
from tests.shop.sidecar import Sidecar


@pytest.fixture(scope="package")
def standing_shop(combination: Combination, say: Say) -> Iterator[Shop]:
    if not (PLUGIN / PLUGIN_FILE).is_file():
        pytest.skip(f"no acceptance test of the plugin: {PLUGIN / PLUGIN_FILE} is not there")
    with standing(say, **combination.options()) as shop:
        # A new WooCommerce moves orders into their own tables at the first visit to its admin.
        shop.php("update_option( 'woocommerce_newly_installed', 'no' );")
        yield shop


@pytest.fixture(scope="package")
def beside(standing_shop: Shop) -> Iterator[Sidecar]:
    try:
        found = Sidecar(standing_shop.place.folder / "sidecar", free_port(), standing_shop.url)
    except CannotStand as problem:
        pytest.skip(f"no sidecar beside the shop: {problem}")
    yield found
    found.stop()


@pytest.fixture
def shop(standing_shop: Shop, beside: Sidecar) -> Shop:
    """Paired, with nothing wrong, whatever the test before did."""
    standing_shop.pair(beside.code)
    forget(standing_shop)
    return standing_shop


@pytest.fixture
def unpaired(shop: Shop) -> Shop:
    shop.php("Causeway\\Pairing::forget();")
    forget(shop)
    return shop
