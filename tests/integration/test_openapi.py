"""The served document against what is really said: every golden request, answer, status."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import validator_for

from causeway.canonical import StockLevel
from causeway.connectors.memory import Office
from causeway.wire import openapi
from tests.contract.golden import body_bytes
from tests.world import CONTRACT, World, fixture_order, order_event

FOLDERS = ("envelopes", "problems", "feed", "catalog", "orders", "manifest")
GOLDEN = {
    f"{folder}/{path.name}": json.loads(path.read_text(encoding="utf-8"))
    for folder in FOLDERS
    for path in sorted((CONTRACT / folder).glob("*.json"))
}
# What these answer stands for every address, and is in the document for none.
EVERYWHERE = {"method-not-allowed", "internal", "bad-request"}
# Statuses that are the gate's: shown once, they hold for each address behind it.
GATE = {"401", "409"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(openapi.spec()))
    return found


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """As strict as the sidecar's own side can be: nothing said that is not described.

    Problems have members of their type, and what shops send may have more than is read.
    """
    open_ended = {"Problem", "Batch", "Event", "Manifest", "Item"}
    described = {
        name: part if name in open_ended else {**part, "additionalProperties": False}
        for name, part in document["components"]["schemas"].items()
    }
    whole = {**schema, "components": {"schemas": described}}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def operation_of(document: dict[str, Any], request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path in the document and what it says of the method."""
    path = request["path"].split("?")[0]
    if path.startswith("/v1/orders/"):
        path = "/v1/orders/{order_id}"
    return path, document["paths"][path].get(request["method"].lower(), {})


def media_schema(part: dict[str, Any], content_type: str) -> dict[str, Any]:
    found: dict[str, Any] = part["content"][content_type.split(";", maxsplit=1)[0]]["schema"]
    return found


def kind_of(case: dict[str, Any]) -> str:
    return str(case["answer"].get("body", {}).get("type", "")).split(":")[-1]


def test_the_app_serves_the_document(sqlite_world: World, document: dict[str, Any]) -> None:
    answer = sqlite_world.app.test_client().get("/v1/openapi.json")
    assert (answer.status_code, answer.get_json()) == (200, document)
    assert answer.content_type == "application/json"


def test_every_schema_in_it_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        validator_for(schema, Draft202012Validator).check_schema(schema)
        assert schema.get("properties"), name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(document["components"]["schemas"])
    used = {ref.rsplit("/", 1)[-1] for ref in _refs(document)}
    assert used <= names
    assert names - used == set(), "described, but nowhere said"


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_answer_is_as_the_document_says(name: str, document: dict[str, Any]) -> None:
    case = GOLDEN[name]
    answer, (_, operation) = case["answer"], operation_of(document, case["request"])
    if kind_of(case) in EVERYWHERE:
        problem = {"$ref": "#/components/schemas/Problem"}
        validator(document, problem).validate(answer["body"])
        return
    said = operation["responses"][str(answer["status"])]
    if "body" not in answer:
        assert "content" not in said
        return
    schema = media_schema(said, answer["headers"]["Content-Type"])
    validator(document, schema).validate(answer["body"])


@pytest.mark.parametrize("name", [n for n, c in GOLDEN.items() if "body" in c["request"]])
def test_a_golden_request_that_is_kept_is_as_the_document_says(
    name: str, document: dict[str, Any]
) -> None:
    """And one that is refused for its shape is not: the document tells the two apart."""
    case = GOLDEN[name]
    _, operation = operation_of(document, case["request"])
    schema = media_schema(operation["requestBody"], "application/json")
    fits = validator(document, schema).is_valid(json.loads(body_bytes(case["request"])))
    body, status = case["answer"].get("body", {}), case["answer"]["status"]
    if status in {200, 202} and not body.get("refused"):
        assert fits
    elif name in TOLD_APART:
        assert not fits


TOLD_APART = {
    "envelopes/all_bad.json",
    "envelopes/empty_object.json",
    "envelopes/events_missing.json",
    "envelopes/events_not_a_list.json",
    "envelopes/no_objects.json",
    "envelopes/not_an_object.json",
    "feed/ack_no_cursor.json",
    "manifest/bad_row.json",
    "manifest/not_a_list.json",
    *(name for name in GOLDEN if name.startswith("envelopes/without_")),
}


def test_every_status_of_every_path_is_shown_by_a_golden_file(document: dict[str, Any]) -> None:
    shown: set[tuple[str, str, str]] = set()
    for case in GOLDEN.values():
        path, _ = operation_of(document, case["request"])
        shown.add((path, case["request"]["method"].lower(), str(case["answer"]["status"])))
    said = {
        (path, method, status)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if path not in NOT_SIGNED_AS_OURS
    }
    gates = {status for _, _, status in shown} & GATE
    missing = {s for s in said - shown if s[2] not in gates}
    assert missing == ELSEWHERE


# WooCommerce signs these in its own way: each status is shown in test_native_webhooks.py.
# Connections sign with secrets of their own: test_stock.py, test_connection_webhooks.py.
NOT_SIGNED_AS_OURS = {
    "/v1/stores/{store}/webhooks",
    "/v1/connections/{name}/stock",
    "/v1/connections/{name}/webhooks",
}
# Said by the document and shown by a test of its own below.
ELSEWHERE = {
    ("/v1/updates/ack", "post", "413"),
    ("/v1/updates/ack", "post", "415"),
    ("/v1/updates/ack", "post", "503"),
    ("/v1/manifest", "post", "413"),
    ("/v1/manifest", "post", "415"),
    ("/v1/manifest", "post", "503"),
    ("/v1/updates", "get", "503"),
    ("/v1/catalog", "get", "503"),
    ("/v1/orders/{order_id}", "get", "503"),
    *(("/v1/availability", "post", s) for s in ("200", "400", "413", "415", "422", "503")),
    *(("/v1/stock/{sku}/explain", "get", s) for s in ("200", "404", "503")),
    *(("/v1/orders/{order_id}/labels/{ref}", "get", s) for s in ("200", "404", "503")),
}
BODIES = {"400": b"{", "413": b" " * (3 * 2**20), "200": b'{"lines":[{"sku":"A","quantity":"1"}]}'}


@pytest.mark.parametrize(("path", "method", "status"), sorted(ELSEWHERE))
def test_what_no_golden_file_shows_is_answered_so(
    sqlite_world: World,
    office: Office,
    document: dict[str, Any],
    path: str,
    method: str,
    status: str,
) -> None:
    shop = sqlite_world.shop()
    headers = (
        {"Content-Encoding": "br"} if status == "415" else {"Content-Type": "application/json"}
    )
    body = BODIES.get(status, b"{}") if method == "post" else b""
    if status == "503":
        with sqlite_world.write() as connection:
            connection.exec_driver_sql("ALTER TABLE stores RENAME TO gone")
    if path.endswith("explain") and status == "200":
        office.stock.append(StockLevel("1", "MAIN", Decimal(7), Decimal(0), sqlite_world.clock()))
        sqlite_world.poll()
    if path.endswith("labels/{ref}") and status == "200":
        shop.events([order_event(fixture_order("simple_cod"))])
        sqlite_world.drain()
        office.ship("berlin:55:request:1", "1", "T1", sqlite_world.clock(), b"%PDF-1.7 %%EOF")
        sqlite_world.poll()
    where = path.replace("{order_id}", "55").replace("{sku}", "1").replace("{ref}", "1")
    answer = shop.send(method.upper(), where, body, headers=headers)
    assert answer.status_code == int(status)
    schema = media_schema(document["paths"][path][method]["responses"][status], answer.content_type)
    if answer.is_json or answer.mimetype == "application/problem+json":
        validator(document, schema).validate(answer.get_json())


def test_every_address_of_the_wire_is_in_the_document(
    sqlite_world: World, document: dict[str, Any]
) -> None:
    rules = {
        str(rule).replace("<path:", "<").replace("<", "{").replace(">", "}")
        for rule in sqlite_world.app.url_map.iter_rules()
        if str(rule).startswith("/v1/")
    }
    assert rules - {"/v1/openapi.json"} == set(document["paths"])


def test_the_folders_are_those_of_the_wire() -> None:
    folders = {path.name for path in Path(CONTRACT).iterdir() if path.is_dir()}
    assert folders - {"__pycache__", "woocommerce"} == set(FOLDERS)


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [v for k, v in node.items() if k == "$ref"] + [
            r for v in node.values() for r in _refs(v)
        ]
    return [ref for item in node for ref in _refs(item)] if isinstance(node, list) else []
