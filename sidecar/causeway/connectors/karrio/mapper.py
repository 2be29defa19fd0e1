"""Between the canonical language and karrio's. Pure.

karrio is told who gets the goods and where, and a telephone number, for carriers ask for it: no
e-mail address, no prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from causeway.canonical import Address, FulfilmentRequest, RequestLine, Shipment, ShipmentLine
from causeway.connectors.karrio.choosing import Rate
from causeway.connectors.karrio.keys import reference
from causeway.connectors.karrio.options import KarrioOptions, Parcels, Sender
from causeway.connectors.karrio.packing import Packed, Parcel, pack, pieces_of, weight_of
from causeway.connectors.texts import clean
from causeway.errors import MappingMissing, RejectedError

Json = dict[str, Any]
_ADDRESS = ("person_name", "company_name", "address_line1", "address_line2", "city", "state_code",
            "postal_code", "country_code", "phone_number", "residential")  # fmt: skip
# Names of our metadata.
KEY, LINE, UNIT, BUYING = "causeway_key", "causeway_line", "causeway_unit", "causeway_buying"
DRAFT, CANCELLED = "draft", "cancelled"
# Statuses of a shipment whose label is bought, and of one that its carrier has.
MOVING = frozenset({"shipped", "in_transit", "out_for_delivery", "delivered", "needs_attention",
                    "delivery_failed"})  # fmt: skip
BOUGHT = frozenset({"created", "purchased", *MOVING})
_LONGEST = {"person_name": 100, "company_name": 100, "address_line1": 100, "address_line2": 100}
_TITLE, _SKU, _NOTE = 200, 100, 500


def order_to_json(request: FulfilmentRequest, key: str, options: KarrioOptions) -> Json:
    """The body of `POST /v1/orders`. Raises RejectedError for what karrio could not take."""
    if not request.recipient.country:
        raise RejectedError("its address names no country", code="invalid")
    metadata = {
        KEY: key,
        "order": request.order_number,
        "shipping": clean(request.shipping_method),
        "note": clean(request.note)[:_NOTE],
    }
    return {
        "order_id": reference(key),
        "source": options.source,
        "shipping_to": recipient_to_json(request.recipient),
        "shipping_from": sender_to_json(sender_of(options, request.warehouse)),
        "line_items": [_line_to_json(line, options.parcel) for line in request.lines],
        "metadata": {name: value for name, value in metadata.items() if value},
    }


def draft_to_json(
    request: FulfilmentRequest, key: str, order: Json, options: KarrioOptions, now: datetime
) -> Json:
    """The body of `POST /v1/shipments`, its goods tied to the lines of karrio's order."""
    line_ids = {line_of(item): str(item["id"]) for item in order["line_items"]}
    parcels = pack(request.lines, options.parcel)
    return {
        "recipient": _address_of(order),
        "shipper": sender_to_json(sender_of(options, request.warehouse)),
        "parcels": [_parcel_to_json(parcel, line_ids, options.parcel) for parcel in parcels],
        "reference": request.order_number[:35],
        "label_type": options.label_type,
        "metadata": {KEY: key, BUYING: now.isoformat()},
    }


def _address_of(order: Json) -> Json:
    """Where karrio's order goes, as karrio took it."""
    return {name: order["shipping_to"][name] for name in _ADDRESS if order["shipping_to"].get(name)}


def sender_of(options: KarrioOptions, warehouse: str) -> Sender:
    found = options.warehouses.get(warehouse) or options.warehouses.get("*")
    if found is None:
        raise MappingMissing("warehouse", warehouse)
    return found


def recipient_to_json(address: Address) -> Json:
    country = address.country.upper()
    state = address.state.upper().removeprefix(country).lstrip("-")
    company = address.company if address.name != address.company else ""
    return _filled(
        person_name=address.name,
        company_name=company,
        address_line1=address.address_1,
        address_line2=address.address_2,
        city=address.city,
        state_code=state,
        postal_code=address.postcode,
        country_code=country,
        phone_number=telephone(address.phone),
        residential=not company,
    )


def sender_to_json(sender: Sender) -> Json:
    return _filled(
        person_name=sender.name,
        company_name=sender.company,
        address_line1=sender.address_1,
        address_line2=sender.address_2,
        city=sender.city,
        state_code=sender.state,
        postal_code=sender.postcode,
        country_code=sender.country,
        phone_number=sender.phone,
        email=sender.email,
    )


def telephone(text: str) -> str:
    """The number if it can be one: karrio refuses an address for a number it cannot read."""
    digits = sum(sign.isdigit() for sign in text)
    return text.strip() if digits >= 5 and not any(sign.isalpha() for sign in text) else ""


def without_telephone(body: Json, *places: str) -> Json:
    """The body with the telephone numbers of these addresses left out."""
    found = {place: {**body[place]} for place in places}
    for address in found.values():
        address.pop("phone_number", None)
    return {**body, **found}


def rates_of(draft: Json) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            str(row["id"]), str(row["carrier_id"]), str(row["service"]),
            Decimal(row["total_charge"] or 0), str(row["currency"] or ""), row.get("transit_days"),
        )
        for row in draft.get("rates") or []
    )  # fmt: skip


def line_of(item: Mapping[str, Any]) -> str:
    """The shop's line of one of karrio's, empty where it is none of ours."""
    return str((item.get("metadata") or {}).get(LINE) or "")


def key_of(record: Mapping[str, Any]) -> str:
    """The delivery's key of an order or a shipment, empty where it is none of ours."""
    return str((record.get("metadata") or {}).get(KEY) or "")


def order_ids_of(shipment: Mapping[str, Any]) -> list[str]:
    """The orders karrio has tied the shipment to."""
    found = str((shipment.get("meta") or {}).get("orders") or "")
    return [part.strip() for part in found.split(",") if part.strip()]


def shipments_of(row: Json, orders: Sequence[Json], carrier: str = "") -> list[Shipment]:
    """The parcels of one of karrio's shipments, for each of our orders that goods of it are for.

    Each parcel is told by itself; parcels without goods are not, for nobody could say what of the
    order has left with them. `orders` are those of ours that the shipment may be for; `carrier` is
    what its carrier is called, where that is known better than from the shipment.
    """
    lines = {str(item["id"]): (order, item) for order in orders for item in order["line_items"]}
    found = []
    for place, parcel in enumerate(row.get("parcels") or [], 1):
        goods: dict[str, list[ShipmentLine]] = {}
        for item in parcel.get("items") or []:
            order, line = lines.get(str(item.get("parent_id") or ""), (None, None))
            if order is None or line is None:
                continue
            goods.setdefault(key_of(order), []).append(_shipped_line(line, item))
        found += [
            _shipment(row, key, place, parcel, tuple(content), carrier or _carrier(row))
            for key, content in goods.items()
        ]
    return found


def time_of(text: str) -> datetime:
    """One of karrio's times, which are UTC."""
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _shipment(
    row: Json, key: str, place: int, parcel: Json, lines: tuple[ShipmentLine, ...], carrier: str
) -> Shipment:
    meta = row.get("meta") or {}
    own = str(parcel.get("reference_number") or "")
    numbers = [str(number) for number in meta.get("tracking_numbers") or []]
    return Shipment(
        id=str(row["id"]) if place == 1 else f"{row['id']}.{place}",
        request_key=key,
        carrier=carrier,
        tracking_number=own if own in numbers else str(row.get("tracking_number") or ""),
        tracking_url=_link(row),
        shipped_at=time_of(str(row["created_at"])),
        lines=lines,
        label=str(row["id"]),
    )


def _carrier(row: Json) -> str:
    """The carrier in karrio's own word: `dhl_parcel_de`, or what its generic carrier was named."""
    rate = row.get("selected_rate") or {}
    return str(rate.get("carrier_name") or row.get("carrier_name") or "")


def _link(row: Json) -> str:
    """The carrier's own page; karrio's `tracking_url` is a path of its API, of no use to buyers."""
    meta = row.get("meta") or {}
    for link in (meta.get("carrier_tracking_link"), meta.get("tracking_url")):
        if isinstance(link, str) and link.startswith(("https://", "http://")):
            return link
    return ""


def _shipped_line(line: Json, item: Json) -> ShipmentLine:
    unit = Decimal(str((line.get("metadata") or {}).get(UNIT) or 1))
    quantity = Decimal(str(item.get("quantity") or 1)) * unit
    return ShipmentLine(str(line.get("sku") or ""), quantity, line_of(line))


def _line_to_json(line: RequestLine, parcels: Parcels) -> Json:
    pieces, unit = pieces_of(line)
    return {
        **_goods(line, pieces, unit, parcels),
        "metadata": {LINE: line.order_line_id, UNIT: format(unit, "f")},
    }


def _goods(line: RequestLine, pieces: int, unit: Decimal, parcels: Parcels) -> Json:
    title = clean(line.name) if unit == 1 else f"{unit:f} x {clean(line.name)}"
    return {
        "sku": clean(line.sku)[:_SKU],
        "title": title[:_TITLE],
        "quantity": pieces,
        "weight": float(weight_of(line, parcels)),
        "weight_unit": "KG",
    }


def _parcel_to_json(parcel: Parcel, line_ids: Mapping[str, str], parcels: Parcels) -> Json:
    body: Json = {
        "weight": float(parcel.weight),
        "weight_unit": "KG",
        "items": [_item_to_json(packed, line_ids, parcels) for packed in parcel.contents],
    }
    if parcels.length is not None and parcels.width is not None and parcels.height is not None:
        body |= {"length": float(parcels.length), "width": float(parcels.width),
                 "height": float(parcels.height), "dimension_unit": "CM"}  # fmt: skip
    return body


def _item_to_json(packed: Packed, line_ids: Mapping[str, str], parcels: Parcels) -> Json:
    line = packed.line
    if line.order_line_id not in line_ids:
        raise RejectedError(
            f"karrio's order lacks the line of {line.sku}; it was changed there", code="changed"
        )
    return {
        **_goods(line, packed.pieces, packed.unit, parcels),
        "parent_id": line_ids[line.order_line_id],
        "metadata": {LINE: line.order_line_id},
    }


def _filled(**values: Any) -> Json:
    """Without what is empty; names too long for labels are cut as labels would cut them."""
    made = {}
    for name, value in values.items():
        text = (
            clean(value).replace("\n", " ")[: _LONGEST.get(name)]
            if isinstance(value, str)
            else value
        )
        if text != "":
            made[name] = text
    return made
