"""What a person writes to describe a system that is reached over HTTP; checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from causeway.connectors.described.abilities import CREATES, ROLES, WRITES
from causeway.connectors.described.rows import Feed
from causeway.connectors.described.schema import (
    DescribedSchema,
    ReadSchema,
    expression,
    expressions,
    one_of,
    seconds,
    template,
    whole,
)

__all__ = ["ROLES", "Options", "loaded"]

CLASSES = (
    "ok", "retry", "wait", "unknown", "rejected", "credentials", "duplicate", "too_late",
    "mapping_missing", "not_found", "start_over",
)  # fmt: skip
DEFAULT_MESSAGE = "error.message || message || detail || title || error_description || error"
_HEADER = validate.Regexp(r"[A-Za-z0-9-]{1,60}\Z", error="must be the name of a header")
_STATUS = validate.Regexp(r"([1-5]\d\d|[1-5]xx|\*)\Z", error="must be as in 409, 4xx or *")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _secret_address(value: str) -> None:
    """A secret goes there: over TLS, or not out of this machine."""
    parts = urlsplit(value)
    if parts.username or (
        parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    ):
        raise ValidationError("must be an https address without credentials in it")


class AuthSchema(Schema):
    """How the connection's `token` goes along."""

    kind = one_of("bearer", "basic", "header", "query", "oauth2", "none", load_default="bearer")
    name = fields.String(load_default="")
    prefix = fields.String(load_default="", validate=validate.Length(max=40))
    user = fields.String(load_default="")
    token_url = fields.String(validate=_secret_address)
    client_id = fields.String(load_default="")
    scope = fields.String(load_default="")

    @validates_schema(skip_on_field_errors=False)
    def _has_what_it_needs(self, data: Mapping[str, Any], **_: Any) -> None:
        needs = {
            "basic": (("user", "the user's name; the password is the connection's token"),),
            "header": (("name", "the header that carries the token, such as X-Api-Key"),),
            "query": (("name", "the parameter that carries the token"),),
            "oauth2": (
                ("token_url", "the address that gives access tokens"),
                ("client_id", "the client's id; its secret is the connection's token"),
            ),
        }
        missing = {
            name: [f"is missing; write {what}"]
            for name, what in needs.get(data.get("kind", ""), ())
            if not data.get(name)
        }
        if missing:
            raise ValidationError(missing)


class PagingSchema(Schema):
    """How an answer goes on."""

    kind = one_of(
        "none", "page", "offset", "cursor", "next_link", "link_header", load_default="none"
    )
    param = fields.String(load_default="")
    size_param = fields.String(load_default="")
    size = whole(1, 100_000, load_default=100)
    first = whole(0, 1, load_default=1)
    next = expression()
    more = expression()

    @validates_schema(skip_on_field_errors=False)
    def _has_what_it_needs(self, data: Mapping[str, Any], **_: Any) -> None:
        kind = data.get("kind")
        missing = {}
        if kind in ("page", "offset", "cursor") and not data.get("param"):
            missing["param"] = ["is missing; write the parameter that says where to go on"]
        if kind in ("cursor", "next_link") and not data.get("next"):
            missing["next"] = ["is missing; say where in the answer it stands how to go on"]
        if missing:
            raise ValidationError(missing)


class SinceSchema(Schema):
    """How only what changed is asked for."""

    param = fields.String(required=True, error_messages={"required": "is missing"})
    changed = expression()
    overlap_seconds = seconds(86_400, load_default=120.0)


class LookupSchema(Schema):
    """A question before a write; what it finds is `found` in the write's expressions."""

    path = template()
    query = expressions()
    document = expression(load_default="@")
    missing = fields.String(load_default="unknown_order", validate=validate.Length(1, 50))


class DocumentSchema(Schema):
    """Where in an answer a document stands, and what it is called there."""

    document = expression(load_default="@")
    id = expression(load_default="id")
    number = expression()
    same_key = expression()


class WriteSchema(DocumentSchema):
    """One operation that makes or changes a document."""

    method = one_of("POST", "PUT", "PATCH", "DELETE", load_default="POST")
    path = template()
    query = expressions()
    headers = expressions()
    body = expression()
    encoding = one_of("json", "xml", "form", load_default="json")
    root = fields.String(
        load_default="",
        validate=validate.Regexp(r"([A-Za-z_][\w.-]*)?\Z", error="must be an element's name"),
    )
    lookup = fields.Nested(LookupSchema)
    finds_booked = fields.Boolean(load_default=False)
    result = expression()
    total = expression()

    @validates_schema(skip_on_field_errors=False)
    def _root_is_named(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("encoding") == "xml" and data.get("body") and not data.get("root"):
            raise ValidationError("is missing; name the root element of the XML", "root")


class FindSchema(DocumentSchema):
    """How a document is looked up by our key."""

    method = one_of("GET", "POST", load_default="GET")
    path = template()
    query = expressions()
    headers = expressions()
    body = expression()
    complete = expression()


class BookedLineSchema(Schema):
    """One line of an order that somebody else booked."""

    sku = expression(load_default="sku")
    quantity = expression(load_default="quantity")
    total = expression()


class BookedSchema(DocumentSchema):
    """How an order that somebody else booked is read by its id or number, which is `link`."""

    path = template()
    query = expressions()
    headers = expressions()
    currency = expression()
    total = expression()
    lines = expression()
    line = fields.Nested(BookedLineSchema, load_default=lambda: BookedLineSchema().load({}))

    @validates_schema(skip_on_field_errors=False)
    def _money_has_a_currency(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("total") and not data.get("currency"):
            raise ValidationError("is missing; say where in the order it stands", "currency")


class FeedSchema(ReadSchema):
    """One feed."""

    method = one_of("GET", "POST", load_default="GET")
    path = template()
    query = expressions()
    headers = expressions()
    body = expression()
    paging = fields.Nested(PagingSchema, load_default=lambda: PagingSchema().load({}))
    since = fields.Nested(SinceSchema)
    as_of = expression()
    every_seconds = seconds(86_400, load_default=0.0)


class CheckSchema(Schema):
    """A harmless question that shows whether address and credentials are right."""

    path = template()
    query = expressions()
    expect = expression()


class HintSchema(Schema):
    """Which feed a webhook is about: every one, or those of which `when` is true."""

    feed = one_of(
        *(feed for feed in get_args(Feed) if feed != "movements"),
        required=True,
        error_messages={"required": "is missing; name a feed that is described under read"},
    )
    when = expression()


class WebhooksSchema(Schema):
    """How their webhooks are known to be theirs: the `webhook_secret`, or signed with it."""

    kind = one_of("hmac", "secret", load_default="hmac")
    header = fields.String(
        required=True, validate=_HEADER, error_messages={"required": "is missing; name the header"}
    )
    encoding = one_of("base64", "hex", load_default="base64")
    prefix = fields.String(load_default="", validate=validate.Length(max=40))
    hints = fields.List(
        fields.Nested(HintSchema), required=True, validate=validate.Length(min=1),
        error_messages={"required": "is missing; say which feeds they are about"},
    )  # fmt: skip


class ErrorSchema(Schema):
    """What answers like this mean; the first that fits counts."""

    status = fields.String(validate=_STATUS, load_default="*")
    when = expression()
    means = one_of(
        *CLASSES, required=True, error_messages={"required": "is missing; say what it means"}
    )
    message = expression()
    code = expression()
    document = expression()
    table = fields.String(load_default="sku", validate=validate.Length(1, 50))
    value = expression()

    @validates_schema(skip_on_field_errors=False)
    def _can_be_told_apart(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("status") == "*" and not data.get("when"):
            raise ValidationError("is missing; without it every answer would mean this", "when")
        if data.get("means") == "mapping_missing" and not data.get("value"):
            raise ValidationError("is missing; say where the unknown word stands", "value")


def _tables(names: Any, schema: type[Schema]) -> fields.Nested:
    """A table with one schema under each of the names."""
    inner = Schema.from_dict({name: fields.Nested(schema) for name in names})
    return fields.Nested(inner, load_default=dict)


# What an operation is about, where that is not an order.
_BOOKED = {"cancel_request": "request", "reverse_refund": "refund"}
_KINDS = dict.fromkeys(WRITES[name] for name in CREATES)


class Options(DescribedSchema):
    """`[connections.NAME.options]` of a connection of kind `rest`."""

    auth = fields.Nested(AuthSchema, load_default=lambda: AuthSchema().load({}))
    headers = fields.Dict(
        keys=fields.String(validate=_HEADER),
        values=fields.String(validate=validate.Regexp(r"[\x20-\x7e]*\Z")),
        load_default=dict,
    )
    answers = one_of("json", "xml", load_default="json")
    most_bytes = whole(1000, 500_000_000, load_default=20_000_000)
    unique_key = fields.Boolean(load_default=False)
    idempotency_header = fields.String(
        load_default="",
        validate=validate.Regexp(r"[A-Za-z0-9-]{0,60}\Z", error="must be the name of a header"),
    )
    retry_after_header = fields.String(load_default="Retry-After", validate=_HEADER)
    message = expression(load_default=DEFAULT_MESSAGE)
    errors = fields.List(fields.Nested(ErrorSchema), load_default=list)
    check = fields.Nested(CheckSchema)
    webhooks = fields.Nested(WebhooksSchema)
    booked = fields.Nested(BookedSchema)
    find = _tables(_KINDS, FindSchema)
    write = _tables(WRITES, WriteSchema)
    read = fields.Nested(
        Schema.from_dict({feed: fields.Nested(FeedSchema(feed)) for feed in get_args(Feed)}),
        load_default=dict,
    )

    @validates_schema(skip_on_field_errors=False)
    def _lost_answers_can_be_found(self, data: Mapping[str, Any], **_: Any) -> None:
        found, unique = data.get("find") or {}, data.get("unique_key")
        missing = {
            WRITES[name]: [f"is missing; without it a lost answer to {name} cannot be looked up"]
            for name in CREATES
            if name in (data.get("write") or {}) and WRITES[name] not in found and not unique
        }
        if missing:
            raise ValidationError({"find": missing})

    @validates_schema(skip_on_field_errors=False)
    def _hints_are_about_what_is_read(self, data: Mapping[str, Any], **_: Any) -> None:
        known = data.get("read") or {}
        hints = (data.get("webhooks") or {}).get("hints") or ()
        problems = {
            number: {"feed": [f"is not read here; describe read.{hint['feed']}"]}
            for number, hint in enumerate(hints)
            if isinstance(hint, Mapping) and "feed" in hint and hint["feed"] not in known
        }
        if problems:
            raise ValidationError({"webhooks": {"hints": problems}})

    @validates_schema(skip_on_field_errors=False)
    def _booked_can_be_found(self, data: Mapping[str, Any], **_: Any) -> None:
        problems = {}
        for name, write in (data.get("write") or {}).items():
            kind = _BOOKED.get(name, "order")
            if not isinstance(write, Mapping) or not write.get("finds_booked"):
                continue
            if name in ("book_order", "book_refund", "request_fulfilment", "post_journal"):
                problems[name] = {"finds_booked": ["does nothing here; describe a lookup"]}
            elif kind not in (data.get("find") or {}):
                problems[name] = {"finds_booked": [f"needs find.{kind}; describe it"]}
        if "reverse_refund" in (data.get("write") or {}) and "refund" not in (
            data.get("find") or {}
        ):
            problems["reverse_refund"] = {"path": ["needs find.refund; describe it"]}
        if problems:
            raise ValidationError({"write": problems})


def loaded(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, checked and with all that was left out. Raises ValidationError."""
    found: dict[str, Any] = _schema().load(options)
    return found


@cache
def _schema() -> Options:
    return Options()
