"""The envelope of a batch of events: what must be right before an event can be kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from causeway.ledger.events import NewEvent
from causeway.wire.problems import Fault, Problem, ProblemError

_WORD = r"[a-z][a-z_]{0,39}"


def _matches(pattern: str, what: str) -> validate.Regexp:
    return validate.Regexp(re.compile(pattern + r"\Z", re.ASCII), error=what)


class EntityId(fields.Field[str]):
    """The shop's id: a number or a short word."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError("must be the entity's id, as number or text")
        text = str(value)
        if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", text, re.ASCII):
            raise ValidationError("must be 1 to 64 letters, digits, _ . : or -")
        return text


class EventId(fields.Field[str]):
    """A UUID, in its one canonical spelling."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            return str(UUID(value))
        except (ValueError, AttributeError, TypeError) as error:
            raise ValidationError("must be a UUID") from error


class Instant(fields.Field[datetime]):
    """A time with its zone (RFC 3339), read as UTC."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else _naive()
        except (ValueError, TypeError, OverflowError) as error:
            raise ValidationError(
                "must be a time with its zone, as 2026-11-20T15:36:35Z"
            ) from error


def _naive() -> datetime:
    raise ValueError("no zone")


class EventSchema(Schema):
    """One event of a batch. What is in `data` is judged later, by `schema`."""

    class Meta:
        unknown = EXCLUDE

    id = EventId(required=True, metadata={"format": "uuid", "type": "string"})
    topic = fields.String(
        required=True, validate=_matches(rf"{_WORD}\.{_WORD}", "must be like order.updated")
    )
    entity = fields.String(required=True, validate=_matches(_WORD, "must be like order"))
    entity_id = EntityId(required=True, metadata={"type": ["string", "integer"]})
    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 2**63 - 1, error="must be a whole number from 1"),
    )
    occurred_at = Instant(required=True, metadata={"type": "string", "format": "date-time"})
    schema = fields.String(
        required=True,
        validate=_matches(
            r"[a-z_]{1,40}\.[a-z_]{1,20}/[0-9]{1,3}", "must be like woocommerce.order/3"
        ),
    )
    data = fields.Dict(required=True)
    history = fields.Boolean(
        metadata={"description": "Long past: it gives way to what happens now."}
    )


class BatchSchema(Schema):
    """The body of POST /v1/events."""

    events = fields.List(fields.Nested(EventSchema), required=True)


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that could not be kept: where it stood in the batch, its id if it had one, why."""

    index: int
    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Batch:
    events: tuple[NewEvent, ...]
    refused: tuple[Refused, ...]


_EVENT = EventSchema()
_REMEDIES = {
    "id": "Give each event a UUID of its own and keep it when you send the event again",
    "version": "Count each change of the entity, beginning with 1",
    "data": "Send the entity itself, as an object",
}


def read(body: bytes, store: str, most: int) -> Batch:
    """The events of a body, each judged by itself.

    Raises ProblemError when the body is no batch at all.
    """
    return judge(_listed(body, most), store)


def judge(listed: Sequence[Any], store: str) -> Batch:
    """Each of the raw events of `store` by itself: kept as it is, or refused with its problem."""
    good: list[NewEvent] = []
    refused: list[Refused] = []
    for index, raw in enumerate(listed):
        try:
            good.append(_event(store, _EVENT.load(raw)))
        except ValidationError as error:
            refused.append(_refused(index, raw, error))
    return Batch(tuple(good), tuple(refused))


def none_kept(refused: Sequence[Refused]) -> Problem:
    """The answer to a batch that has not one event that can be kept."""
    errors = [fault for item in refused for fault in item.problem.errors]
    return Problem(
        "invalid",
        "None of the events can be kept.",
        "Mend the fields named in errors and send the batch again.",
        field=errors[0].field,
        errors=errors[:50],
    )


def _listed(body: bytes, most: int) -> Sequence[Any]:
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            Problem(
                "bad-json",
                f"The body is not JSON (line {error.lineno}, column {error.colno}).",
                "Send one JSON object in UTF-8.",
            )
        ) from error
    listed = raw.get("events") if isinstance(raw, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > most:
        raise ProblemError(
            Problem(
                "invalid",
                f"“events” must be a list of 1 to {most} events.",
                'Send {"events": [ … ]}, and more of them in several requests.',
                field="events",
            )
        )
    return listed


def _event(store: str, loaded: dict[str, Any]) -> NewEvent:
    try:
        data = orjson.dumps(loaded["data"])
    except orjson.JSONEncodeError as error:  # it reads 1,024 levels but writes 254
        raise ValidationError({"data": ["is nested too deeply"]}) from error
    named = f"{loaded['topic']}\n{loaded['entity']}\n{loaded['entity_id']}\n{loaded['version']}\n"
    digest = hashlib.sha256(f"{named}{loaded['schema']}\n".encode() + data).hexdigest()
    return NewEvent(
        source=store,
        id=loaded["id"],
        topic=loaded["topic"],
        entity=loaded["entity"],
        entity_id=loaded["entity_id"],
        version=loaded["version"],
        occurred_at=loaded["occurred_at"],
        schema=loaded["schema"],
        data=data.decode(),
        hash=digest,
        history=loaded.get("history", False),
    )


def _refused(index: int, raw: Any, error: ValidationError) -> Refused:
    messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
    faults = [
        Fault(
            f"events.{index}.{name}".removesuffix("._schema"),
            str(texts[0] if isinstance(texts, list) else texts).rstrip("."),
            _REMEDIES.get(name, "Write it as the OpenAPI document at /v1/openapi.json says"),
        )
        for name, texts in messages.items()
    ]
    problem = Problem(
        "invalid",
        f"Event {index} cannot be kept: {faults[0].field} {faults[0].problem}.",
        faults[0].remedy + ".",
        field=faults[0].field,
        errors=faults,
    )
    given = raw.get("id", "") if isinstance(raw, dict) else ""
    return Refused(index, given[:64] if isinstance(given, str) else "", problem)
