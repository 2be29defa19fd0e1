"""What of the plugin is loaded at a request's start: all that a checkout comes to, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.test_plugin_faults import give
from tests.shop.shop import Shop

NOTES = """<?php
add_action( 'plugin_loaded', function ( $file ) {
	if ( false !== strpos( $file, 'causeway' ) ) {
		$line = array( $_SERVER['REQUEST_METHOD'] ?? 'CLI', $_SERVER['REQUEST_URI'] ?? '', class_exists( 'Causeway\\\\Capture\\\\Marks', false ) );
		file_put_contents( CAUSEWAY_SHOP_STATE . '/loaded.jsonl', wp_json_encode( $line ) . "\\n", FILE_APPEND | LOCK_EX );
	}
} );
"""


@pytest.fixture
def noting(shop: Shop) -> Any:
    plugin = Path(shop.place.www, "wp-content", "mu-plugins", "loaded.php")
    plugin.write_text(NOTES)
    give(plugin)
    yield Path(shop.place.state, "loaded.jsonl")
    plugin.unlink()


def test_a_checkout_of_either_kind_finds_its_classes_and_a_page_does_not_load_them(
    shop: Shop, noting: Path
) -> None:
    shop.checkout_store_api([("PEN", 1)])
    shop.checkout_classic([("PEN", 1)])
    requests.get(shop.url, timeout=60)
    seen = [json.loads(line) for line in noting.read_text().splitlines()]
    asked = [(uri, loaded) for method, uri, loaded in seen if method == "POST"]
    placed = [loaded for uri, loaded in asked if "/checkout" in uri or "wc-ajax=checkout" in uri]
    assert len(placed) >= 2
    assert all(placed), seen
    others = [loaded for method, _, loaded in seen if method == "GET"]
    assert others
    assert not any(others), seen
