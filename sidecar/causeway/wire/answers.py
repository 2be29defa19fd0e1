"""The shapes of what the sidecar answers, for the OpenAPI document and the tests that hold it."""

from __future__ import annotations

from marshmallow import Schema, fields

from causeway.canonical.schemas import OrderSchema


class FaultSchema(Schema):
    field = fields.String(required=True)
    problem = fields.String(required=True)
    remedy = fields.String(required=True)


class ProblemSchema(Schema):
    """RFC 9457, with the field and the remedy."""

    type = fields.String(required=True, metadata={"example": "urn:causeway:problem:bad-signature"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    remedy = fields.String(required=True)
    field = fields.String()
    errors = fields.List(fields.Nested(FaultSchema))


class RefusedSchema(Schema):
    """`index` is its place in the batch, where the id could not be read."""

    index = fields.Integer()
    id = fields.String(required=True)
    problem = fields.Nested(ProblemSchema, required=True)


class ReceivedSchema(Schema):
    """Ids kept now, ids kept before, and what could not be kept."""

    accepted = fields.List(fields.String(), required=True)
    duplicates = fields.List(fields.String(), required=True)
    refused = fields.List(fields.Nested(RefusedSchema), required=True)
    kept_ms = fields.Integer(
        required=True,
        metadata={"description": "When they were kept, in milliseconds by the sidecar's clock"},
    )


class CursorSchema(Schema):
    cursor = fields.String(required=True)


class UpdateSchema(Schema):
    """`key` is to be applied once for good; `data` is the kind's own."""

    id = fields.String(required=True)
    key = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["note", "status", "shipment"]})
    entity = fields.String(required=True)
    entity_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    data = fields.Dict(required=True)


class UpdatesPageSchema(Schema):
    updates = fields.List(fields.Nested(UpdateSchema), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)


class CatalogRowSchema(Schema):
    """Quantities and amounts are decimal text; null where no source says anything."""

    sku = fields.String(required=True)
    quantity = fields.String(required=True, allow_none=True)
    regular_price = fields.String(required=True, allow_none=True)
    sale_price = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    prices_include_tax = fields.Boolean(required=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)


class CatalogPageSchema(Schema):
    rows = fields.List(fields.Nested(CatalogRowSchema), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)


class LackSchema(Schema):
    """Ids to send again; up to when everything has arrived, null before that was ever shown."""

    missing = fields.List(fields.String(), required=True)
    differing = fields.List(fields.String(), required=True)
    complete_until = fields.AwareDateTime(required=True, allow_none=True)


class ToldSchema(Schema):
    """A state and the sentence that explains it."""

    value = fields.String(required=True)
    sentence = fields.String(required=True)


class MilestoneSchema(Schema):
    name = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    ref = fields.String(required=True)
    detail = fields.String(required=True)


class DeliverySchema(Schema):
    id = fields.Integer(required=True)
    connection = fields.String(required=True)
    key = fields.String(required=True)
    operation = fields.String(required=True)
    state = fields.Nested(ToldSchema, required=True)
    attempts = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True)


class CaseSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    remedy = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)


class JourneySchema(Schema):
    store = fields.String(required=True)
    order_id = fields.String(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.Nested(ToldSchema, required=True)
    financial = fields.Nested(ToldSchema, required=True)
    fulfilment = fields.String(required=True)
    booked_as = fields.String(required=True)
    order = fields.Nested(OrderSchema, required=True, allow_none=True)
    milestones = fields.List(fields.Nested(MilestoneSchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    cases = fields.List(fields.Nested(CaseSchema), required=True)


SCHEMAS: dict[str, type[Schema]] = {
    "Problem": ProblemSchema,
    "Received": ReceivedSchema,
    "Cursor": CursorSchema,
    "Lack": LackSchema,
    "UpdatesPage": UpdatesPageSchema,
    "CatalogPage": CatalogPageSchema,
    "Journey": JourneySchema,
}
