"""The OpenAPI document of /v1, made from the schemas that read and write it."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response

from causeway import __version__
from causeway.canonical.schemas import OrderSchema
from causeway.wire import answers
from causeway.wire.acks import AckSchema
from causeway.wire.envelope import BatchSchema
from causeway.wire.manifest import ManifestSchema
from causeway.wire.problems import MEDIA_TYPE
from causeway.wire.stock import CartSchema, PushedStockSchema

bp = Blueprint("openapi", __name__)

DESCRIPTION = """Between a store and the sidecar. Every request is signed as Standard Webhooks
says, with the store's secret: `webhook-id` (fresh for each attempt), `webhook-timestamp` (Unix
seconds), `webhook-signature`; `causeway-store` names the store. A request without a body signs its
request line, as in `GET /v1/catalog?after=7`. Answers are signed the same way under the id of their
request; one without a body signs its status, as in `304`. The signature is over the text before
Content-Encoding. Whatever goes wrong is answered as application/problem+json (RFC 9457)."""


@bp.get("/v1/openapi.json")
def document() -> Response:
    return Response(orjson.dumps(spec()), content_type="application/json")


@cache
def spec() -> dict[str, Any]:
    """The document as plain data."""
    made = APISpec(
        title="Causeway",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": DESCRIPTION, "license": {"name": "GPL-2.0-or-later"}},
        plugins=[MarshmallowPlugin()],
    )
    made.components.schema("Batch", schema=BatchSchema)
    made.components.schema("Ack", schema=AckSchema)
    made.components.schema("Manifest", schema=ManifestSchema)
    made.components.schema("Cart", schema=CartSchema)
    made.components.schema("PushedStock", schema=PushedStockSchema)
    made.components.schema("Order", schema=OrderSchema)
    for name, schema in answers.SCHEMAS.items():
        made.components.schema(name, schema=schema)
    for path, operations in _PATHS.items():
        made.path(path=path, operations=operations)
    found: dict[str, Any] = made.to_dict()
    for schema in found["components"]["schemas"].values():
        # Either side passes over members it does not know: the other may be a version ahead.
        schema.pop("additionalProperties", None)
    return found


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(text: str, schema: str, media: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {media: {"schema": _ref(schema)}}}


def _problems(*statuses: int) -> dict[str, Any]:
    names = {
        400: "Not JSON",
        401: "Signature, clock or store is not right",
        404: "Not known here",
        409: "This very message came before",
        413: "Larger than is taken",
        415: "Not application/json, or compressed",
        422: "A field is not as it must be",
        503: "Cannot be kept now; try again after Retry-After",
    }
    return {str(s): _answer(names[s], "Problem", MEDIA_TYPE) for s in statuses}


def _query(name: str, text: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema}


_SIGNED = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("causeway-store", "webhook-id", "webhook-timestamp", "webhook-signature")
]
_HEADERS_OF_WOOCOMMERCE = [
    {"name": name, "in": "header", "schema": {"type": "string"}}
    for name in ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature")
]
_AFTER = _query("after", "The cursor of the page before; empty for the beginning", type="string")


def _page(summary: str, schema: str, most: int, default: int) -> dict[str, Any]:
    limit = _query("limit", "Rows at most", type="integer", maximum=most, default=default)
    return {
        "summary": summary,
        "parameters": [*_SIGNED, _AFTER, limit],
        "responses": {"200": _answer("A page", schema), **_problems(401, 409, 422, 503)},
    }


_CATALOG = _page("Stock and prices that changed", "CatalogPage", 5000, 1000)
_CATALOG["parameters"].append(
    _query("applied", "The cursor up to which all rows are in force in the shop", type="string")
)
_CATALOG["responses"]["304"] = {"description": "Nothing changed since this ETag"}

_PATHS: dict[str, Any] = {
    "/v1/events": {
        "post": {
            "summary": "A batch of events of one store",
            "parameters": _SIGNED,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Batch")}},
            },
            "responses": {
                "202": _answer("Kept for good; what became of each", "Received"),
                **_problems(400, 401, 409, 413, 415, 422, 503),
            },
        }
    },
    "/v1/updates": {"get": _page("What the store must be told", "UpdatesPage", 500, 100)},
    "/v1/updates/ack": {
        "post": {
            "summary": "Everything up to the cursor was applied, or refused with a reason",
            "parameters": _SIGNED,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Ack")}},
            },
            "responses": {
                "200": _answer("Noted", "Cursor"),
                **_problems(401, 409, 413, 415, 422, 503),
            },
        }
    },
    "/v1/manifest": {
        "post": {
            "summary": "What the shop has; answered with what is lacking here",
            "parameters": _SIGNED,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Manifest")}},
            },
            "responses": {
                "200": _answer("Compared", "Lack"),
                **_problems(400, 401, 409, 413, 415, 422, 503),
            },
        }
    },
    "/v1/catalog": {"get": _CATALOG},
    "/v1/availability": {
        "post": {
            "summary": "What of a cart may be sold now",
            "parameters": _SIGNED,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Cart")}},
            },
            "responses": {
                "200": _answer("Line by line", "Availability"),
                **_problems(400, 401, 409, 413, 415, 422, 503),
            },
        }
    },
    "/v1/stock/{sku}/explain": {
        "get": {
            "summary": "The rows a figure is made of",
            "parameters": [
                *_SIGNED,
                {"name": "sku", "in": "path", "required": True, "schema": {"type": "string"}},
            ],
            "responses": {
                "200": _answer("The explanation", "Explanation"),
                **_problems(401, 404, 409, 503),
            },
        }
    },
    "/v1/connections/{name}/stock": {
        "post": {
            "summary": "Levels and movements that a connection pushes; an empty object is a hint",
            "parameters": [
                *_SIGNED[1:],
                {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("PushedStock")}},
            },
            "responses": {
                "202": _answer("Kept for good", "Taken"),
                **_problems(400, 401, 404, 409, 413, 415, 422, 503),
            },
        }
    },
    "/v1/connections/{name}/webhooks": {
        "post": {
            "summary": "A webhook of the system behind a connection: read what changed there now",
            "description": "Signed as that system signs; its connector knows how. Nothing in it is "
            "believed: the feeds of the connection are read instead.",
            "parameters": [
                {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "requestBody": {"required": True, "content": {"*/*": {}}},
            "responses": {
                "202": _answer("Verified; whether the connection is read now", "Hinted"),
                **_problems(401, 404, 413, 415, 422, 503),
            },
        }
    },
    "/v1/stores/{store}/webhooks": {
        "post": {
            "summary": "A webhook of WooCommerce itself, for a shop without the plugin",
            "description": "What WooCommerce's webhooks cannot do: one that fails is not sent "
            "again; refunds come as plain amounts; deleted refunds, stock and notes do not come; "
            "nothing goes back into the shop. The secret of the webhook is the store's.",
            "parameters": [
                {"name": "store", "in": "path", "required": True, "schema": {"type": "string"}},
                *_HEADERS_OF_WOOCOMMERCE,
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "responses": {
                "200": {"description": "The ping of a webhook that was just saved; keeps nothing"},
                "202": _answer("Kept for good", "Received"),
                **_problems(400, 401, 413, 415, 422, 503),
            },
        }
    },
    "/v1/orders/{order_id}": {
        "get": {
            "summary": "One order's journey",
            "parameters": [
                *_SIGNED,
                {"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}},
            ],
            "responses": {
                "200": _answer("The journey", "Journey"),
                **_problems(401, 404, 409, 503),
            },
        }
    },
    "/v1/orders/{order_id}/labels/{ref}": {
        "get": {
            "summary": "The label of one of the order's parcels",
            "parameters": [
                *_SIGNED,
                *(
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in ("order_id", "ref")
                ),
            ],
            "responses": {
                "200": {
                    "description": "The label, as PDF or as its printer takes it",
                    "content": {
                        kind: {"schema": {"type": "string", "format": "binary"}}
                        for kind in ("application/pdf", "text/plain")
                    },
                },
                **_problems(401, 404, 409, 503),
            },
        }
    },
}
