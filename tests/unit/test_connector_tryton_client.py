"""What Tryton's answers mean, each as it was seen from a running server."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

from causeway.connectors.tryton.client import TrytonClient
from causeway.errors import (
    ConnectorError,
    CredentialsError,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)

URL = "http://tryton.test/erp/rest/model/sale.sale"


def html(words: str) -> dict[str, Any]:
    return {"body": f"<!doctype html>\n<h1>Oh</h1>\n<p>{words}</p>\n", "content_type": "text/html"}


def said(message: str) -> dict[str, Any]:
    return {"json": {"status": 400, "message": message, "description": ""}}


@pytest.fixture
def client() -> TrytonClient:
    return TrytonClient("http://tryton.test", "erp", "secret-key")


@pytest.mark.parametrize(
    ("method", "status", "answer", "error", "words"),
    [
        ("POST", 400, said("The code must be unique."), RejectedError, "must be unique"),
        ("POST", 400, said('You are not allowed to access "Sale".'), CredentialsError, "Sale"),
        ("GET", 400, said('You are trying to read records "1" of "Sale Line" that don\'t exist.'),
         RetryableError, "changed"),
        ("GET", 401, html("no"), CredentialsError, "401"),
        ("GET", 403, html("no"), CredentialsError, "403"),
        ("GET", 404, html("no"), RejectedError, "database"),
        ("POST", 423, said("busy"), RetryableError, "busy"),
        ("POST", 429, html("slow"), RetryableError, "wait"),
        ("POST", 500, html("&#39;nosuch&#39;"), RejectedError, "'nosuch'"),
        ("GET", 500, html("&#39;nosuch&#39;"), RejectedError, "'nosuch'"),
        ("POST", 503, html("parser stack overflow"), RejectedError, "overflow"),
        ("GET", 503, html("database is locked"), RetryableError, "503"),
        ("POST", 503, html("database is locked"), UnknownOutcome, "503"),
        ("POST", 502, html("bad gateway"), UnknownOutcome, "502"),
    ],
)  # fmt: skip
def test_an_error_has_its_class_and_words(
    method: str,
    status: int,
    answer: dict[str, Any],
    error: type[ConnectorError],
    words: str,
    client: TrytonClient,
) -> None:
    with responses.RequestsMock() as server:
        server.add(method, URL, status=status, **answer)
        with pytest.raises(error) as raised:
            client.request(method, "/sale.sale")
    assert type(raised.value) is error
    assert words in raised.value.reason
    assert "secret-key" not in raised.value.reason


def test_an_answer_that_never_comes_leaves_the_outcome_unknown(client: TrytonClient) -> None:
    with responses.RequestsMock() as server:
        server.add("POST", URL, body=requests.ReadTimeout("late"))
        with pytest.raises(UnknownOutcome):
            client.create("sale.sale", {}, ("id",), {})


def test_another_web_page_is_not_taken_for_tryton(client: TrytonClient) -> None:
    with responses.RequestsMock() as server:
        server.add("GET", URL, **html("Welcome"))
        with pytest.raises(RejectedError, match="check the address"):
            client.search("sale.sale", [], ("id",))


def test_values_travel_as_tryton_writes_them(client: TrytonClient) -> None:
    stamp = {"__class__": "datetime", "year": 2026, "month": 1, "day": 2, "hour": 3, "minute": 4,
             "second": 5, "microsecond": 6}  # fmt: skip
    row = {
        "price": {"__class__": "Decimal", "decimal": "12.50"},
        "quantity": 2.1,
        "at": stamp,
        "on": {"__class__": "date", "year": 2026, "month": 1, "day": 2},
    }
    values = {
        "price": Decimal("12.50"),
        "quantity": Decimal("2.1"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        "on": date(2026, 1, 2),
    }
    with responses.RequestsMock() as server:
        server.add("POST", URL, json=row)
        sent = {name: value for name, value in values.items() if name != "quantity"}
        assert client.create("sale.sale", sent, ("id",), {}) == values
        body = json.loads(server.calls[0].request.body or "")
    assert body == {name: row[name] for name in sent}


def test_what_has_no_form_is_not_sent(client: TrytonClient) -> None:
    with pytest.raises(TypeError, match="no form"):
        client.create("sale.sale", {"odd": object()}, ("id",), {})
