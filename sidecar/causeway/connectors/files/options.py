"""What a person writes to describe an exchange of files; checked all at once."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from causeway.connectors.described.abilities import ROLES, WRITES
from causeway.connectors.described.rows import Feed
from causeway.connectors.described.schema import (
    DescribedSchema,
    ReadSchema,
    expression,
    expressions,
    one_of,
    seconds,
    whole,
)

__all__ = ["ROLES", "SCHEMES", "Options", "loaded"]

SCHEMES = ("file", "sftp")
_FOLDER = validate.Regexp(
    r"(?!.*\.\.)[A-Za-z0-9._-][A-Za-z0-9._ -]{0,99}(/[A-Za-z0-9._-][A-Za-z0-9._ -]{0,99}){0,9}\Z",
    error="must be a folder below the connection's address, such as out/orders, without ..",
)
_SUFFIX = validate.Regexp(r"\.[A-Za-z0-9]{1,20}\Z", error="must be as in .ack")
_PREFIX = validate.Regexp(r"[A-Za-z0-9_-]{0,40}\Z", error="may have letters, digits, _ and -")
_HOST_KEY = validate.Regexp(
    r"(ssh-[a-z0-9-]+|ecdsa-[a-z0-9-]+) [A-Za-z0-9+/]+=*\Z",
    error="must be as in ssh-ed25519 AAAA…, the way ssh-keyscan prints it after the host",
)


def _encoding(value: str) -> None:
    try:
        codecs.lookup(value)
    except LookupError as error:
        raise ValidationError("is no encoding; write one such as utf-8 or cp1252") from error


def _below(value: str) -> None:
    if value:
        _FOLDER(value)


def _folder(**kwargs: Any) -> fields.String:
    """A folder; empty for none, unless it is required."""
    check = _FOLDER if kwargs.get("required") else _below
    return fields.String(validate=check, **kwargs)


class SftpSchema(Schema):
    """How to sign in. The connection's `token` is the password, or the key's passphrase."""

    user = fields.String(
        required=True, validate=validate.Length(1, 100), error_messages={"required": "is missing"}
    )
    key_file = fields.String(load_default="")
    host_keys = fields.List(
        fields.String(validate=_HOST_KEY), required=True, validate=validate.Length(min=1),
        error_messages={"required": "is missing; causeway connection check says which key it "
                        "shows, its people say whether it is theirs"},
    )  # fmt: skip


class CsvSchema(Schema):
    """How CSV is written and read (RFC 4180, with what people make of it)."""

    delimiter = one_of(",", ";", "\t", "|", load_default=",")
    quote = one_of('"', "'", load_default='"')
    line_end = one_of("\r\n", "\n", load_default="\r\n")
    header = fields.Boolean(load_default=True)
    columns = fields.List(fields.String(validate=validate.Length(1, 100)), load_default=list)
    guard_formulas = fields.Boolean(load_default=True)

    @validates_schema(skip_on_field_errors=False)
    def _columns_have_names(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("header") is False and not data.get("columns"):
            raise ValidationError(
                "is missing; without a header name the columns of what is read, in their order",
                "columns",
            )


class AcknowledgementSchema(Schema):
    """How the other side says that it has a file, and what it made of it."""

    kind = one_of("none", "file", "taken", load_default="none")
    folder = _folder(load_default="")
    suffix = fields.String(validate=_SUFFIX, load_default=".ack")
    archive_folder = _folder(load_default="")
    error_folder = _folder(load_default="")
    format = one_of("none", "csv", "json", "xml", load_default="none")
    accepted = expression()
    number = expression()
    message = expression()
    unknown_sku = expression()
    too_late = expression()
    settle_seconds = seconds(3600, load_default=2.0)
    wait_seconds = seconds(60, load_default=2.0)
    timeout_minutes = whole(1, 14 * 24 * 60, load_default=60)

    @validates_schema(skip_on_field_errors=False)
    def _has_what_it_needs(self, data: Mapping[str, Any], **_: Any) -> None:
        problems = {}
        kind = data.get("kind")
        if kind == "file" and not data.get("folder"):
            problems["folder"] = ["is missing; write where the acknowledgements come"]
        if kind == "file" and data.get("format") != "none" and not data.get("accepted"):
            problems["accepted"] = ["is missing; say how an acknowledgement is told from a refusal"]
        if kind != "file" and data.get("format", "none") != "none":
            problems["format"] = ["does nothing here; only kind file has a content to be read"]
        if problems:
            raise ValidationError(problems)


class WriteSchema(Schema):
    """One operation: which file it makes."""

    folder = _folder(required=True, error_messages={"required": "is missing; write where it goes"})
    prefix = fields.String(validate=_PREFIX, load_default="")
    extension = fields.String(validate=_SUFFIX)
    format = one_of("csv", "json", "xml", required=True, error_messages={"required": "is missing"})
    rows = expression()
    columns = expressions()
    body = expression()
    root = fields.String(
        load_default="",
        validate=validate.Regexp(r"([A-Za-z_][\w.-]*)?\Z", error="must be an element's name"),
    )
    acknowledgement = fields.Nested(AcknowledgementSchema)
    unanswered = one_of("cancelled", "asked", load_default="asked")

    @validates_schema(skip_on_field_errors=False)
    def _has_what_its_format_needs(self, data: Mapping[str, Any], **_: Any) -> None:
        needs = {"csv": ("rows", "columns"), "json": ("body",), "xml": ("body", "root")}
        names = needs.get(data.get("format", ""), ())
        missing = {name: ["is missing"] for name in names if not data.get(name)}
        if missing:
            raise ValidationError(missing)


class FeedSchema(ReadSchema):
    """One feed: which files tell it."""

    folder = _folder(
        required=True, error_messages={"required": "is missing; write where they come"}
    )
    pattern = fields.String(
        load_default="*", validate=validate.Regexp(r"[^/\\]{1,100}\Z", error="must be as in *.csv")
    )
    format = one_of("csv", "json", "xml", required=True, error_messages={"required": "is missing"})
    group = expression()
    ready = one_of("stable", "done_file", "renamed", load_default="stable")
    settle_seconds = seconds(3600, load_default=10.0)
    done_suffix = fields.String(validate=_SUFFIX, load_default=".done")
    time_in_name = fields.String(load_default="", validate=validate.Length(max=100))


def _tables(schema: Mapping[str, Schema]) -> fields.Nested:
    inner = Schema.from_dict({name: fields.Nested(one) for name, one in schema.items()})
    return fields.Nested(inner, load_default=dict)


class Options(DescribedSchema):
    """`[connections.NAME.options]` of a connection of kind `files`."""

    sftp = fields.Nested(SftpSchema)
    work_folder = _folder(load_default=".causeway")
    encoding = fields.String(validate=_encoding, load_default="utf-8")
    csv = fields.Nested(CsvSchema, load_default=lambda: CsvSchema().load({}))
    acknowledgement = fields.Nested(
        AcknowledgementSchema, load_default=lambda: AcknowledgementSchema().load({})
    )
    most_bytes = whole(1000, 500_000_000, load_default=50_000_000)
    archive_days = whole(1, 3650, load_default=30)
    write = _tables({name: WriteSchema() for name in WRITES})
    read = _tables({feed: FeedSchema(feed) for feed in get_args(Feed)})


def loaded(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, checked and with all that was left out. Raises ValidationError."""
    found: dict[str, Any] = _schema().load(options)
    return found


@cache
def _schema() -> Options:
    return Options()
