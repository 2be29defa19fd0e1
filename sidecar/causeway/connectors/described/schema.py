"""Parts of the settings that all generic connections have, checked at once and in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from causeway.connectors.described.expressions import problem_of, problem_of_template
from causeway.connectors.described.formats import EPOCHS, Formats
from causeway.connectors.described.rows import SHAPES, Feed, Wording

MOST_KEY_SIGNS = 255


def _checked_expression(value: str) -> None:
    problem = problem_of(value)
    if problem:
        raise ValidationError(problem)


def _checked_if_any(value: str) -> None:
    if value:
        _checked_expression(value)


def _checked_template(value: str) -> None:
    problem = problem_of_template(value)
    if problem:
        raise ValidationError(problem)


def expression(**kwargs: Any) -> fields.String:
    """A JMESPath expression; empty when left out."""
    kwargs.setdefault("load_default", "")
    return fields.String(validate=_checked_if_any, **kwargs)


def expressions(**kwargs: Any) -> fields.Dict:
    """Names and the expression of each."""
    return fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.String(validate=_checked_expression),
        load_default=dict,
        **kwargs,
    )


def template(**kwargs: Any) -> fields.String:
    """A path with `{expressions}` in it."""
    return fields.String(
        required=True, validate=_checked_template,
        error_messages={"required": "is missing; write the path, such as /orders"}, **kwargs,
    )  # fmt: skip


def one_of(*words: str, **kwargs: Any) -> fields.String:
    check = validate.OneOf(words, error="must be one of {choices}")
    return fields.String(validate=check, **kwargs)


def whole(low: int, high: int, **kwargs: Any) -> fields.Integer:
    check = validate.Range(low, high, error=f"must be between {low} and {high}")
    return fields.Integer(validate=check, **kwargs)


def seconds(most: float, **kwargs: Any) -> fields.Float:
    check = validate.Range(0, most, error=f"must be between 0 and {most:g} seconds")
    return fields.Float(validate=check, **kwargs)


def _zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is no time zone; write one such as Europe/Berlin")


def _pattern(value: str) -> None:
    """A way to write times that can be read again."""
    if value == "iso" or value in EPOCHS:
        return
    example = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    try:
        datetime.strptime(example.strftime(value), value)  # noqa: DTZ007
    except ValueError as error:
        raise ValidationError(
            "must be iso, epoch, epoch_ms or a pattern such as %d.%m.%Y"
        ) from error
    if "%" not in value:
        raise ValidationError("must be iso, epoch, epoch_ms or a pattern such as %d.%m.%Y")


class FormatsSchema(Schema):
    """How they write numbers and times."""

    decimal = one_of(".", ",", load_default=".")
    thousands = one_of("", ".", ",", "'", " ", load_default="")
    date = fields.String(validate=_pattern, load_default="iso")
    time = fields.String(validate=_pattern, load_default="iso")
    timezone = fields.String(validate=_zone, load_default="UTC")
    amounts = one_of("decimal", "minor", load_default="decimal")

    @validates_schema(skip_on_field_errors=False)
    def _signs_differ(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("decimal") == data.get("thousands"):
            raise ValidationError("must be another sign than decimal", "thousands")


class ReadSchema(Schema):
    """How the records of a feed are found and read."""

    rows = expression(load_default="@")
    fields_ = expressions(data_key="fields", attribute="fields")
    lines = expression()
    line = expressions()

    def __init__(self, feed: Feed, **kwargs: Any) -> None:
        self.feed = feed
        super().__init__(**kwargs)

    @validates_schema(skip_on_field_errors=False)
    def _all_fields_are_known(self, data: Mapping[str, Any], **_: Any) -> None:
        data = {"fields": {}, "lines": "", "line": {}, **data}
        shape = SHAPES[self.feed]
        problems = _field_problems(f"a record of {self.feed}", shape.fields, shape.needs,
                                   data["fields"])  # fmt: skip
        errors: dict[str, Any] = {"fields": problems} if problems else {}
        if shape.lines is None and (data["lines"] or data["line"]):
            errors["lines"] = [f"{self.feed} have no lines; leave it out"]
        elif shape.lines is not None and data["lines"]:
            inner = _field_problems("a line", shape.lines.fields, shape.lines.needs, data["line"])
            errors |= {"line": inner} if inner else {}
        elif data["line"]:
            errors["lines"] = ["is missing; say where in a record its lines are"]
        if errors:
            raise ValidationError(errors)


def _field_problems(
    what: str, known: Mapping[str, Any], needs: tuple[str, ...], given: Mapping[str, str]
) -> dict[str, list[str]]:
    problems = {
        name: [f"is no field of {what}; there are: {', '.join(known)}"]
        for name in given
        if name not in known
    }
    return problems | {
        name: [f"is missing; {what} needs it"] for name in needs if not given.get(name)
    }


class DescribedSchema(Schema):
    """What the options of every generic kind have."""

    formats = fields.Nested(FormatsSchema, load_default=lambda: FormatsSchema().load({}))
    units = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 16)),
        values=fields.Decimal(
            validate=validate.Range(min=0, min_inclusive=False, error="must be above 0")
        ),
        load_default=dict,
    )
    tables = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 50)),
        values=fields.Dict(keys=fields.String(), values=fields.String()),
        load_default=dict,
    )
    max_key_length = whole(24, MOST_KEY_SIGNS, load_default=MOST_KEY_SIGNS)


def formats_of(options: Mapping[str, Any]) -> Formats:
    """The formats of loaded options."""
    said = options["formats"]
    units = {name: Decimal(value) for name, value in options["units"].items()}
    return Formats(
        said["decimal"], said["thousands"], said["date"], said["time"], said["timezone"],
        said["amounts"], units,
    )  # fmt: skip


def wording_of(read: Mapping[str, Any]) -> Wording:
    """The wording of one loaded feed."""
    return Wording(read["fields"], read["lines"], read["line"])
