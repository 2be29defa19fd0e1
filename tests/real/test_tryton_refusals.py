"""What a real Tryton refuses: the right class, a sentence for a bookkeeper, a way on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from causeway.canonical import Order
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.faulty import faulty
from causeway.connectors.samples import an_order
from causeway.connectors.tryton import booking
from causeway.connectors.tryton.connector import build
from causeway.errors import CredentialsError, MappingMissing, RejectedError
from tests.real.conftest import rpc_settings, settings
from tests.real.tryton_books import CONTEXT, TrytonBooks
from tests.real.tryton_server import TrytonServer

Ways = Callable[..., ConnectionSettings]


@pytest.fixture(params=["rest", "jsonrpc"])
def way(request: pytest.FixtureRequest, tryton: TrytonServer) -> Ways:
    """The connection by each API, for the user named."""

    def connect(user: str = "clerk", **changes: object) -> ConnectionSettings:
        if request.param == "jsonrpc":
            return rpc_settings(tryton, user, **changes)
        keys = {"clerk": tryton.full_key, "reader": tryton.weak_key}
        return settings(tryton, keys[user], **changes)

    return connect


def a_new_order() -> Order:
    return an_order(store=f"store-{uuid4().hex[:8]}")


def key_of(order: Order) -> str:
    return f"{order.store}:{order.id}:book"


def test_an_ended_key_or_password_is_a_matter_of_credentials(way: Ways) -> None:
    erp = build(replace(way(), token="no longer valid"))
    with pytest.raises(CredentialsError, match="does not accept our"):
        erp.read_stock("")


def test_a_user_without_rights_is_told_which_groups_lack(way: Ways) -> None:
    erp, order = build(way("reader")), a_new_order()
    check = erp.check()
    assert not check.ok
    assert "groups Sales and Stock" in check.problems[0]
    with pytest.raises(CredentialsError, match="lacks rights"):
        erp.book_order(order, key_of(order))


def test_a_field_they_renamed_is_permanent_and_named(
    way: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp, order = build(way()), a_new_order()
    erp.book_order(order, key_of(order))
    monkeypatch.setattr(booking, "FIELDS", (*booking.FIELDS, "total_of_theirs"))
    with pytest.raises(RejectedError, match="total_of_theirs") as refused:
        erp.find("order", key_of(order))
    assert refused.value.code == "server_error"
    assert "Traceback" not in refused.value.reason


def test_a_product_deleted_there_is_a_missing_mapping(way: Ways, books: TrytonBooks) -> None:
    sku = f"GONE-{uuid4().hex[:6]}"
    books.create_product(sku)
    (product,) = books.client.search("product.product", [["code", "=", sku]], ("id",))
    books.client.write("product.product", product["id"], {"active": False}, ("id",), CONTEXT)
    order = a_new_order()
    order = replace(order, lines=(replace(order.lines[0], sku=sku), *order.lines[1:]))
    with pytest.raises(MappingMissing, match=sku):
        build(way()).book_order(order, key_of(order))
    assert books.sales(key_of(order)) == []


def test_another_site_at_the_address_is_told(way: Ways, tryton: TrytonServer) -> None:
    with faulty(tryton.url, lambda *_: "lie_page") as proxy:
        erp = build(replace(way(), url=proxy.url))
        with pytest.raises(RejectedError) as refused:
            erp.find("order", "nobody:1")
    assert refused.value.code == "not_tryton"


def test_a_session_that_ended_over_there_is_opened_anew(
    tryton: TrytonServer, books: TrytonBooks
) -> None:
    erp = build(rpc_settings(tryton))
    assert erp.find("order", "nobody:1") is None
    erp._client._opened = "Session Y2xlcms6MTplbmRlZA=="  # type: ignore[attr-defined]
    assert erp.find("order", "nobody:1") is None
