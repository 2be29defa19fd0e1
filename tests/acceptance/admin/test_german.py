"""German, complete, for who reads any German."""

from __future__ import annotations

import pytest

from tests.shop.shop import Shop


def test_the_owner_reads_german(shop: Shop) -> None:
    told = shop.value(
        "$file = dirname( CAUSEWAY_PLUGIN_FILE ) . '/languages/causeway-for-woocommerce-de_DE.mo';"
        "load_textdomain( 'causeway-for-woocommerce', $file, 'de_DE' );"
        "ob_start(); $list = new Causeway\\Admin\\OrdersSection();"
        "return array( $list->title(), Causeway\\Admin\\Words::counted( 'order', 2 ),"
        "Causeway\\Admin\\Words::milestone( 'shipped' ) );"
    )
    assert told == ["Bestellungen", "2 Bestellungen", "Versandt"]


@pytest.mark.parametrize("locale", ["de_DE", "de_DE_formal", "de_AT", "de_CH_informal", "fr_FR"])
def test_every_german_is_read_to_who_reads_any(shop: Shop, locale: str) -> None:
    told = shop.value(
        "add_filter( 'pre_determine_locale', fn() => $locale );"
        "return ( new Causeway\\Admin\\OrdersSection() )->title();",
        locale=locale,
    )
    assert told == ("Bestellungen" if locale.startswith("de") else "Orders")
