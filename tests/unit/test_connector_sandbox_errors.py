"""What the sandbox's answers mean to the connectors, with real faults on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import responses
from marshmallow import ValidationError

from causeway.connectors import registry
from causeway.connectors.base import (
    BooksOrders,
    ConnectionSettings,
    FulfilsOrders,
    ReportsPrices,
    ReportsShipments,
    ReportsStock,
)
from causeway.connectors.sandbox_erp import connector as sandbox_erp
from causeway.connectors.sandbox_wms import connector as sandbox_wms
from causeway.errors import (
    CredentialsError,
    MappingMissing,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)
from causeway.sandbox.server import SandboxServer
from tests.factories import a_refund, a_request, an_order, eur
from tests.sandbox_tools import TOKEN, call, serving

KEY = "sample:1042:book"
FAKE = "http://erp.test"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    with serving(tmp_path, strict_items=True) as server:
        yield server


def settings(kind: str, url: str, **options: Any) -> ConnectionSettings:
    return ConnectionSettings(kind, kind, url, ("erp",), TOKEN, timeout_seconds=5, options=options)


@pytest.fixture
def erp(server: SandboxServer) -> sandbox_erp.SandboxErp:
    return sandbox_erp.build(settings("sandbox_erp", server.address))


@pytest.fixture
def wms(server: SandboxServer) -> sandbox_wms.SandboxWms:
    return sandbox_wms.build(settings("sandbox_wms", server.address))


def strike(server: SandboxServer, kind: str, path: str = "/erp/orders", **fields: Any) -> None:
    body = {"path": path, "kind": kind, **fields}
    assert call(server.app, "POST", "/sandbox/faults", body)[0] == 201


def orders(server: SandboxServer) -> int:
    return int(call(server.app, "GET", "/sandbox/books")[1]["orders"])


def test_they_keep_the_contract(erp: sandbox_erp.SandboxErp, wms: sandbox_wms.SandboxWms) -> None:
    assert isinstance(erp, BooksOrders)
    assert isinstance(erp, ReportsStock)
    assert isinstance(erp, ReportsPrices)
    assert isinstance(wms, FulfilsOrders)
    assert isinstance(wms, ReportsShipments)


def test_an_answer_lost_after_the_work_is_an_unknown_outcome_and_then_adopted(
    server: SandboxServer, erp: sandbox_erp.SandboxErp
) -> None:
    strike(server, "drop_after")
    with pytest.raises(UnknownOutcome):
        erp.book_order(an_order(), KEY)
    found = erp.find("order", KEY)
    assert found is not None
    again = erp.book_order(an_order(), KEY)
    assert (again, orders(server)) == (found, 1)


@pytest.mark.parametrize("kind", ["drop_before", "garbage", "status_after"])
def test_a_write_without_a_readable_answer_is_an_unknown_outcome(
    server: SandboxServer, erp: sandbox_erp.SandboxErp, kind: str
) -> None:
    strike(server, kind, status=500)
    with pytest.raises(UnknownOutcome):
        erp.book_order(an_order(), KEY)
    assert erp.book_order(an_order(), KEY).number == "SO-1001"


@pytest.mark.parametrize("kind", ["drop_before", "garbage", "status"])
def test_a_read_without_a_readable_answer_may_be_tried_again(
    server: SandboxServer, erp: sandbox_erp.SandboxErp, wms: sandbox_wms.SandboxWms, kind: str
) -> None:
    strike(server, kind, path="*", method="GET", status=500, times=None)
    for read in (erp.read_stock, erp.read_prices, wms.read_shipments):
        with pytest.raises(RetryableError):
            read("")
    with pytest.raises(RetryableError):
        erp.find("order", KEY)


def test_being_asked_to_wait_says_for_how_long(
    server: SandboxServer, erp: sandbox_erp.SandboxErp
) -> None:
    strike(server, "status", status=429, retry_after=7)
    with pytest.raises(RetryableError) as caught:
        erp.book_order(an_order(), KEY)
    assert caught.value.retry_after == 7


def test_a_refusal_brings_their_words_code_and_field(erp: sandbox_erp.SandboxErp) -> None:
    order = an_order()
    with pytest.raises(RejectedError, match=r"not 65\.55 EUR") as caught:
        erp.book_order(an_order(total=eur("65.55")), KEY)
    assert (caught.value.code, caught.value.status) == ("total_differs", 422)
    with pytest.raises(RejectedError, match="not booked") as caught:
        erp.book_refund(order, a_refund(), "sample:1042:refund:79")
    assert caught.value.code == "unknown_order"


def test_an_unknown_item_is_refused_by_name_of_its_line(wms: sandbox_wms.SandboxWms) -> None:
    request = a_request()
    line = request.lines[1].__class__("2", "NEW-1", "New", request.lines[1].quantity)
    with pytest.raises(MappingMissing) as caught:
        wms.request_fulfilment(a_request(lines=(line,)), "k")
    assert (caught.value.table, caught.value.value) == ("product", "NEW-1")


def test_a_refund_of_more_than_the_order_is_refused(erp: sandbox_erp.SandboxErp) -> None:
    erp.book_order(an_order(), KEY)
    with pytest.raises(RejectedError) as caught:
        erp.book_refund(an_order(), a_refund(total=eur("64.56"), lines=()), "r")
    assert caught.value.code == "exceeds_order"


def test_wrong_credentials_are_told_apart(server: SandboxServer) -> None:
    wrong = settings("sandbox_erp", server.address)
    connector = registry.build(ConnectionSettings("erp", wrong.kind, wrong.url, ("erp",), "x"))
    with pytest.raises(CredentialsError):
        connector.find("order", KEY)
    assert "401" in connector.check().problems[0]


def test_a_cursor_of_books_that_are_gone_starts_from_the_beginning(
    server: SandboxServer, erp: sandbox_erp.SandboxErp, wms: sandbox_wms.SandboxWms
) -> None:
    anew, known = (erp.read_stock(cursor).items for cursor in ("deadbeef.7", ""))
    assert [level.sku for level in anew] == [level.sku for level in known] != []
    assert wms.read_shipments("deadbeef.7").items == ()


def test_check_tells_an_erp_from_a_warehouse(
    erp: sandbox_erp.SandboxErp, wms: sandbox_wms.SandboxWms
) -> None:
    assert erp.check().ok
    assert wms.check().ok


@pytest.mark.parametrize("answer", [{"system": "sandbox-wms"}, {}, [], "<html>"])
def test_check_says_that_something_else_lives_at_the_address(answer: Any) -> None:
    with responses.RequestsMock() as server:
        body = answer if isinstance(answer, str) else orjson.dumps(answer)
        server.get(FAKE + "/erp/status", body=body)
        check = sandbox_erp.build(settings("sandbox_erp", FAKE)).check()
    assert not check.ok
    assert check.problems


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://x", "http://", "http://[::1"])
def test_check_never_raises_for_an_address_that_is_none(url: str) -> None:
    for kind in ("sandbox_erp", "sandbox_wms"):
        check = registry.build(settings(kind, url)).check()
        assert not check.ok
        assert check.problems


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"id": 1, "number": "SO-1001"}',
        b'{"id": 1, "number": "SO-1001", "external_ref": "other"}',
        b'{"id": "1", "number": "SO-1001", "external_ref": "sample:1042:book"}',
        b'{"id": 1, "number": "", "external_ref": "sample:1042:book"}',
    ],
)
def test_a_success_that_is_not_our_document_is_an_unknown_outcome(body: bytes) -> None:
    with responses.RequestsMock() as server:
        server.post(FAKE + "/erp/orders", body=body, status=201)
        with pytest.raises(UnknownOutcome):
            sandbox_erp.build(settings("sandbox_erp", FAKE)).book_order(an_order(), KEY)


def test_a_conflict_that_brings_another_document_is_not_adopted() -> None:
    other = {"id": 1, "number": "SO-1001", "external_ref": "other"}
    answer = {"error": {"code": "duplicate"}, "document": other}
    with responses.RequestsMock() as server:
        server.post(FAKE + "/erp/orders", json=answer, status=409)
        with pytest.raises(UnknownOutcome):
            sandbox_erp.build(settings("sandbox_erp", FAKE)).book_order(an_order(), KEY)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_any_other_refusal_parks_even_without_words(status: int) -> None:
    with responses.RequestsMock() as server:
        server.post(FAKE + "/erp/orders", body="no", status=status)
        with pytest.raises(RejectedError) as caught:
            sandbox_erp.build(settings("sandbox_erp", FAKE)).book_order(an_order(), KEY)
    assert caught.value.status == status


def test_kinds_of_document_that_live_elsewhere_are_not_found(
    erp: sandbox_erp.SandboxErp, wms: sandbox_wms.SandboxWms
) -> None:
    assert erp.find("request", KEY) is None
    assert wms.find("order", KEY) is None


def test_options_that_do_not_exist_are_refused() -> None:
    assert registry.options_schema("sandbox_erp").load({}) == {"warehouse": "MAIN"}
    for kind in ("sandbox_erp", "sandbox_wms"):
        with pytest.raises(ValidationError):
            registry.options_schema(kind).load({"colour": "red"})
