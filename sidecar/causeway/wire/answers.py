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
    events_to = fields.String(
        required=True,
        metadata={"description": "A number by which the ledger had all of them: see events_until"},
    )


class CursorSchema(Schema):
    cursor = fields.String(required=True)


class UpdateSchema(Schema):
    """`key` is to be applied once for good; `data` is the kind's own."""

    id = fields.String(required=True)
    key = fields.String(required=True)
    kind = fields.String(
        required=True, metadata={"enum": ["note", "status", "shipment", "product"]}
    )
    entity = fields.String(required=True)
    entity_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    data = fields.Dict(required=True)


class UpdatesPageSchema(Schema):
    updates = fields.List(fields.Nested(UpdateSchema), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)


class PriceTierSchema(Schema):
    """Another price: for a customer group (empty: everybody), from a number of pieces."""

    group = fields.String(required=True)
    min_quantity = fields.String(required=True)
    regular_price = fields.String(required=True)
    sale_price = fields.String(required=True, allow_none=True)


class CatalogRowSchema(Schema):
    """Quantities and amounts are decimal text; null where no source says anything.

    `sale` is `on` (sale_price holds now), `off` (there is no sale: remove one that is set), or null
    (no source ever spoke of a sale: leave what the shop has). The sidecar says when it changes;
    `sale_until`, the last day in the store's zone, lets the shop end it although the sidecar is
    away.
    `quantity` counts the store's orders up to the page's `events_until`; the shop takes off its
    later ones. It is below zero only with `backorders`. `incoming` is not for sale yet.
    """

    sku = fields.String(required=True)
    quantity = fields.String(required=True, allow_none=True)
    regular_price = fields.String(required=True, allow_none=True)
    sale_price = fields.String(required=True, allow_none=True)
    sale = fields.String(required=True, allow_none=True, metadata={"enum": ["on", "off", None]})
    sale_until = fields.Date(required=True, allow_none=True)
    price_tiers = fields.List(fields.Nested(PriceTierSchema), required=True)
    backorders = fields.Boolean(required=True)
    incoming = fields.String(required=True, allow_none=True)
    incoming_at = fields.Date(required=True, allow_none=True)
    currency = fields.String(required=True)
    prices_include_tax = fields.Boolean(required=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)


class CatalogPageSchema(Schema):
    """`events_until`: every row counts this store's events up to that number."""

    rows = fields.List(fields.Nested(CatalogRowSchema), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    events_until = fields.String(required=True)


class AvailableLineSchema(Schema):
    """`available` is null for a SKU nobody knows. `source` says where the figure comes from."""

    sku = fields.String(required=True)
    wanted = fields.String(required=True)
    available = fields.String(required=True, allow_none=True)
    enough = fields.Boolean(required=True, allow_none=True)
    backorders = fields.Boolean(required=True)
    source = fields.String(required=True, metadata={"enum": ["live", "ledger", "unknown"]})
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    age_seconds = fields.Integer(required=True, allow_none=True)


class AvailabilitySchema(Schema):
    """`late` names the connections that did not answer in time, or are left alone for a while."""

    lines = fields.List(fields.Nested(AvailableLineSchema), required=True)
    late = fields.List(fields.String(), required=True)
    events_until = fields.String(required=True)


class PartSchema(Schema):
    """One row of an explanation; the rows' quantities add up to the figure."""

    kind = fields.String(required=True)
    ref = fields.String(required=True)
    quantity = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True)
    words = fields.String(required=True)


class PriceReasonSchema(Schema):
    kind = fields.String(required=True)
    price = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class HeldSchema(Schema):
    part = fields.String(required=True)
    rule = fields.String(required=True)
    was = fields.String(required=True)
    new = fields.String(required=True)


class EffectivePriceSchema(Schema):
    """What the store asks now and may ask; `shown_…` is what its catalogue says."""

    currency = fields.String(required=True)
    regular_price = fields.String(required=True)
    sale_price = fields.String(required=True, allow_none=True)
    prices_include_tax = fields.Boolean(required=True)
    as_of = fields.AwareDateTime(required=True)
    turns_at = fields.AwareDateTime(required=True, allow_none=True)
    shown_regular_price = fields.String(required=True, allow_none=True)
    shown_sale_price = fields.String(required=True, allow_none=True)
    price_tiers = fields.List(fields.Nested(PriceTierSchema), required=True)
    base_price = fields.String(required=True)
    margin_percent = fields.Integer(required=True)
    lowest_price = fields.String(required=True)
    highest_price = fields.String(required=True)


class ExplanationSchema(Schema):
    """Why is this 7? `quantity` is what the figures make, `shown` what the feed says."""

    store = fields.String(required=True)
    sku = fields.String(required=True)
    quantity = fields.String(required=True, allow_none=True)
    shown = fields.String(required=True, allow_none=True)
    in_shop = fields.String(required=True, allow_none=True)
    in_shop_at = fields.AwareDateTime(required=True, allow_none=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    parts = fields.List(fields.Nested(PartSchema), required=True)
    price = fields.List(fields.Nested(PriceReasonSchema), required=True)
    effective_price = fields.Nested(EffectivePriceSchema, required=True, allow_none=True)
    held = fields.List(fields.Nested(HeldSchema), required=True)
    waiting = fields.Boolean(required=True)
    asked = fields.Boolean(required=True)


class TakenSchema(Schema):
    """How many rows were newer than what was known."""

    levels = fields.Integer(required=True)
    movements = fields.Integer(required=True)


class HintedSchema(Schema):
    """The feeds a webhook names, and whether its connection is read now: not while it is paused."""

    hints = fields.List(fields.String(), required=True)
    polls = fields.Boolean(required=True)


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


class ParcelSchema(Schema):
    """A parcel that left; `label` says whether GET …/labels/<id> has its label."""

    id = fields.String(required=True)
    connection = fields.String(required=True)
    carrier = fields.String(required=True)
    tracking_number = fields.String(required=True)
    tracking_url = fields.String(required=True)
    shipped_at = fields.AwareDateTime(required=True)
    label = fields.Boolean(required=True)


class ReturnToldSchema(ToldSchema):
    """Goods on their way back: how far they are."""

    id = fields.String(required=True)


class PartLineSchema(Schema):
    order_line_id = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    quantity = fields.String(required=True)
    shipped = fields.String(required=True)


class OrderPartSchema(Schema):
    """One warehouse's part of an order, and how far it is."""

    id = fields.String(required=True)
    connection = fields.String(required=True)
    warehouse = fields.String(required=True)
    status = fields.Nested(ToldSchema, required=True)
    request = fields.Nested(ToldSchema, required=True)
    lines = fields.List(fields.Nested(PartLineSchema), required=True)
    parcels = fields.List(fields.String(), required=True)


class WaitSchema(Schema):
    """For whom the order waits, and for what."""

    who = fields.String(required=True)
    what = fields.String(required=True)
    ref = fields.String(required=True)


class JourneySchema(Schema):
    store = fields.String(required=True)
    order_id = fields.String(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.Nested(ToldSchema, required=True)
    financial = fields.Nested(ToldSchema, required=True)
    fulfilment = fields.String(required=True)
    booked_as = fields.String(required=True)
    subscription = fields.String(required=True)
    order = fields.Nested(OrderSchema, required=True, allow_none=True)
    milestones = fields.List(fields.Nested(MilestoneSchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    cases = fields.List(fields.Nested(CaseSchema), required=True)
    parcels = fields.List(fields.Nested(ParcelSchema), required=True)
    returns = fields.List(fields.Nested(ReturnToldSchema), required=True)
    parts = fields.List(fields.Nested(OrderPartSchema), required=True)
    waits = fields.List(fields.Nested(WaitSchema), required=True)


SCHEMAS: dict[str, type[Schema]] = {
    "Problem": ProblemSchema,
    "Received": ReceivedSchema,
    "Cursor": CursorSchema,
    "Lack": LackSchema,
    "UpdatesPage": UpdatesPageSchema,
    "CatalogPage": CatalogPageSchema,
    "Journey": JourneySchema,
    "Availability": AvailabilitySchema,
    "Explanation": ExplanationSchema,
    "Taken": TakenSchema,
    "Hinted": HintedSchema,
}
