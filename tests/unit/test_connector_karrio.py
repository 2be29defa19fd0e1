"""The pure parts of the karrio connector: numbers, packing, choosing, cursors, refusals, hints."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import requests
from hypothesis import assume, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from causeway.canonical import Address, RequestLine
from causeway.connectors.base import Hint
from causeway.connectors.karrio import cursor, mapper, refusals, webhooks
from causeway.connectors.karrio.choosing import Rate, choose, rule_for
from causeway.connectors.karrio.keys import LONGEST, reference
from causeway.connectors.karrio.options import KarrioOptions, Options, Parcels, ServiceRule
from causeway.connectors.karrio.packing import pack, pieces_of, weight_of
from causeway.connectors.samples import BUYER, a_request
from causeway.errors import CredentialsError, MappingMissing, RejectedError, RetryableError, TooLate

SENDER = {"company": "Berlin Goods", "address_1": "Torstr. 1", "city": "Berlin",
          "postcode": "10119", "country": "DE"}  # fmt: skip
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "whsec_0123456789abcdef0123456789abcdef"
keys = st.text(min_size=1, max_size=120)


def options(**changes: Any) -> KarrioOptions:
    return KarrioOptions.of(Options().load({"warehouses": {"*": SENDER}, **changes}))


class TestNumbers:
    @given(keys)
    def test_a_number_fits_karrio_and_its_search(self, key: str) -> None:
        number = reference(key)
        assert 0 < len(number) <= LONGEST
        assert "," not in number
        assert number == number.strip()

    @given(keys, keys)
    def test_two_keys_have_two_numbers(self, one: str, other: str) -> None:
        assume(one != other)
        assert reference(one) != reference(other)

    @given(keys)
    def test_no_key_looks_like_the_number_of_another(self, key: str) -> None:
        assume(reference(key) != key)
        assert reference(reference(key)) != reference(key)

    def test_an_ordinary_key_is_its_own_number(self) -> None:
        assert reference("berlin:1042:request:1") == "berlin:1042:request:1"


def lines() -> st.SearchStrategy[RequestLine]:
    quantities = st.one_of(st.integers(1, 30).map(Decimal), st.decimals("0.05", "20", places=2))
    weights = st.one_of(st.just(Decimal(0)), st.decimals("0.01", "40", places=2))
    return st.builds(
        RequestLine, st.integers(1, 10**6).map(str), st.just("SKU"), st.just("Thing"),
        quantities, weights,
    )  # fmt: skip


class TestPacking:
    @given(st.lists(lines(), min_size=1, max_size=6), st.decimals("0.5", "50", places=1))
    def test_everything_asked_for_lies_in_a_parcel_and_nothing_else(
        self, wanted: list[RequestLine], most: Decimal
    ) -> None:
        parcels = pack(wanted, Parcels(max_weight=most))
        packed = sum((c.quantity for p in parcels for c in p.contents), Decimal(0))
        assert packed == sum((line.quantity for line in wanted), Decimal(0))

    @given(st.lists(lines(), min_size=1, max_size=6), st.decimals("0.5", "50", places=1))
    def test_a_parcel_is_too_heavy_only_with_one_piece_that_is(
        self, wanted: list[RequestLine], most: Decimal
    ) -> None:
        setup = Parcels(max_weight=most)
        for parcel in pack(wanted, setup):
            assert parcel.weight == sum(
                (weight_of(c.line, setup) * c.pieces for c in parcel.contents), Decimal(0)
            )
            alone = len(parcel.contents) == 1 and parcel.contents[0].pieces == 1
            assert parcel.weight <= most or alone

    def test_what_is_sold_by_weight_is_one_piece(self) -> None:
        tea = RequestLine("1", "TEA", "Tea", Decimal("1.5"), Decimal(1))
        assert pieces_of(tea) == (1, Decimal("1.5"))
        assert weight_of(tea, Parcels()) == Decimal("1.5")

    def test_a_weight_the_shop_does_not_say_is_the_options(self) -> None:
        (parcel,) = pack(a_request().lines, Parcels(item_weight=Decimal("0.4")))
        assert parcel.weight == Decimal("1.2")


SLOW = Rate("1", "post", "standard", Decimal("4.90"), "EUR", 3)
QUICK = Rate("2", "post", "express", Decimal("9.90"), "EUR", 1)
BIKE = Rate("3", "bike", "today", Decimal("3.50"), "EUR")


class TestChoosing:
    def test_the_cheapest_and_the_fastest(self) -> None:
        assert choose([SLOW, QUICK, BIKE], ServiceRule()) is BIKE
        assert choose([SLOW, QUICK, BIKE], ServiceRule(choose="fastest")) is QUICK

    def test_a_carrier_or_a_service_by_name(self) -> None:
        assert choose([SLOW, QUICK, BIKE], ServiceRule(carrier="post")) is SLOW
        assert choose([SLOW, QUICK, BIKE], ServiceRule(service="express")) is QUICK

    def test_what_nobody_offers_is_refused_with_what_is_offered(self) -> None:
        with pytest.raises(RejectedError, match=r"overnight of post.*express of post"):
            choose([SLOW, QUICK], ServiceRule(carrier="post", service="overnight"))

    def test_prices_in_two_currencies_are_not_compared(self) -> None:
        dollars = replace(QUICK, currency="USD")
        with pytest.raises(RejectedError, match="EUR and USD"):
            choose([SLOW, dollars], ServiceRule())
        assert choose([SLOW, dollars], ServiceRule(choose="fastest")) is dollars

    def test_the_first_rule_that_fits_counts(self) -> None:
        setup = options(
            services=[
                {"shipping": "Express*", "countries": ["DE", "AT"], "service": "express"},
                {"countries": ["CH"], "carrier": "post"},
            ],
            choose="fastest",
        )
        assert rule_for(setup, "express delivery", "AT").service == "express"
        assert rule_for(setup, "Express", "CH").carrier == "post"
        assert rule_for(setup, "Express", "FR") == ServiceRule(choose="fastest")


class TestAddresses:
    def test_a_shops_regions_lose_their_country(self) -> None:
        told = mapper.recipient_to_json(BUYER)
        assert told["state_code"] == "BE"
        japan = replace(BUYER, country="JP", state="JP13")
        assert mapper.recipient_to_json(japan)["state_code"] == "13"

    @pytest.mark.parametrize("text", ["n/a", "none", "-", "12", "call me"])
    def test_a_telephone_number_that_is_none_is_left_out(self, text: str) -> None:
        assert "phone_number" not in mapper.recipient_to_json(replace(BUYER, phone=text))

    def test_karrio_is_told_neither_the_mail_address_nor_prices(self) -> None:
        told = json.dumps(mapper.order_to_json(a_request(), "sample:1042:request:1", options()))
        assert "@" not in told
        assert "value_amount" not in told

    def test_a_warehouse_without_address_is_a_missing_mapping(self) -> None:
        setup = options(warehouses={"MAIN": SENDER})
        assert mapper.sender_of(setup, "MAIN").city == "Berlin"
        with pytest.raises(MappingMissing, match="SOUTH"):
            mapper.sender_of(setup, "SOUTH")


def told_shipment(**changes: Any) -> dict[str, Any]:
    item = {"parent_id": "oli_1", "quantity": 2, "sku": "MUG-01"}
    return {
        "id": "shp_1", "status": "created", "created_at": "2026-11-20 12:00:00.000001+0000",
        "tracking_number": "T1", "carrier_name": "post", "meta": {"orders": "ord_1"},
        "parcels": [{"items": [item]}, {"items": [{**item, "quantity": 1}]}, {"items": []}],
        **changes,
    }  # fmt: skip


def told_order(unit: str = "1", key: str = "berlin:1:request:1") -> dict[str, Any]:
    line = {"id": "oli_1", "sku": "MUG-01", "metadata": {mapper.LINE: "7", mapper.UNIT: unit}}
    return {"id": "ord_1", "metadata": {mapper.KEY: key}, "line_items": [line]}


class TestParcels:
    def test_each_parcel_is_told_with_its_goods_and_an_empty_one_is_not(self) -> None:
        found = mapper.shipments_of(told_shipment(), [told_order()])
        assert [(s.id, int(s.lines[0].quantity)) for s in found] == [("shp_1", 2), ("shp_1.2", 1)]
        assert {s.lines[0].order_line_id for s in found} == {"7"}
        assert {s.label for s in found} == {"shp_1"}

    def test_a_piece_of_one_and_a_half_comes_back_as_that(self) -> None:
        (first, _) = mapper.shipments_of(told_shipment(), [told_order(unit="1.5")])
        assert first.lines[0].quantity == Decimal("3.0")

    def test_somebody_elses_shipment_is_not_told(self) -> None:
        assert mapper.shipments_of(told_shipment(), []) == []

    def test_a_path_of_karrios_api_is_no_address_for_buyers(self) -> None:
        row = told_shipment(tracking_url="/v1/trackers/post/T1")
        assert mapper.shipments_of(row, [told_order()])[0].tracking_url == ""


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


class TestCursor:
    @given(moments, st.lists(moments, max_size=5), st.integers(0, 9999))
    def test_it_is_read_as_it_was_written(
        self, since: datetime, open_since: list[datetime], done: int
    ) -> None:
        watched = tuple((f"shp_{n}", at.replace(microsecond=0)) for n, at in enumerate(open_since))
        reading = cursor.Reading(since, since if done else None, done, done + 7, watched)
        assert cursor.read(reading.written(), NOW) == reading

    @given(st.integers(0, 40), st.integers(1, 7), st.lists(st.integers(0, 5), max_size=60))
    def test_pages_hold_each_once_the_oldest_first_whatever_is_made_meanwhile(
        self, count: int, size: int, made: list[int]
    ) -> None:
        """`made` is how many are made before each page; karrio lists the newest first."""
        reading, told, arrivals = cursor.Reading(NOW), list[int](), iter(made)
        while True:
            count += next(arrivals, 0)
            listed = list(range(count))[::-1]
            offset, limit = reading.place(count, size)
            page = listed[offset : offset + limit]
            told += page[::-1]
            if reading.done + len(page) >= count:
                break
            reading = reading.further(NOW, len(page), count)
        assert told == list(range(count))

    @pytest.mark.parametrize("text", ["x", "{}", "[]", '{"since":"2026-11-20T12:00:00"}', "12"])
    def test_somebody_elses_is_refused(self, text: str) -> None:
        with pytest.raises(RejectedError, match="cursor"):
            cursor.read(text, NOW)

    def test_what_is_watched_is_forgotten_when_old_and_never_too_much(self) -> None:
        found = {f"shp_{n}": NOW - timedelta(minutes=n) for n in range(cursor.MOST_OPEN + 50)}
        found["shp_old"] = NOW - timedelta(days=31)
        after = cursor.Reading(NOW).watching(found, NOW - timedelta(days=30))
        assert len(after.open) == cursor.MOST_OPEN
        assert "shp_old" not in dict(after.open)
        assert all(a[1] <= b[1] for a, b in pairwise(after.open))


def answer(status: int, body: Any) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return made


class TestRefusals:
    def test_a_field_is_named_with_what_is_wrong_with_it(self) -> None:
        details = {"shipping_to": {"postal_code": [{"code": "invalid", "message": "must match"}]}}
        error = refusals.refusal(answer(400, {"errors": [{"code": "v", "details": details}]}))
        assert isinstance(error, RejectedError)
        assert "shipping_to.postal_code: must match" in error.reason

    def test_a_duplicate_is_told_apart_from_what_is_too_late(self) -> None:
        body = {"errors": [{"code": "duplicate_order_id", "message": "exists"}]}
        duplicate = refusals.refusal(answer(409, body))
        assert isinstance(duplicate, RejectedError)
        assert duplicate.code == refusals.DUPLICATE
        body = {"errors": [{"code": "state_error", "message": "fulfilled"}]}
        assert type(refusals.refusal(answer(409, body))) is TooLate

    def test_a_carriers_passing_trouble_may_be_tried_again_and_its_refusal_not(self) -> None:
        body = {"messages": [{"carrier_name": "post", "message": "Read timed out"}]}
        assert type(refusals.refusal(answer(424, body))) is RetryableError
        body["messages"].append({"carrier_name": "post", "message": "Unknown street"})
        assert type(refusals.refusal(answer(424, body))) is RejectedError

    def test_somebody_elses_page_is_no_karrio(self) -> None:
        error = refusals.refusal(answer(404, b"<html>nothing here</html>"))
        assert isinstance(error, RejectedError)
        assert error.code == "not_karrio"

    def test_a_buyers_words_are_taken_out_of_a_carriers(self) -> None:
        said = "No house HAUPTSTR. 1 in Berlin 10115 for Erika Mustermann, hauptstr. 1"
        kept = refusals.without(said, BUYER)
        assert not [w for w in ("hauptstr", "Berlin", "10115", "Erika") if w in kept.casefold()]
        assert kept.startswith("No house")

    @given(st.text(max_size=80), st.text(max_size=12), st.text(max_size=12))
    def test_taking_out_words_ends_whatever_they_are(self, said: str, city: str, name: str) -> None:
        kept = refusals.without(said, Address(city=city, last_name=name))
        assert len(kept) <= len(said) + len(said) * len(refusals.HIDDEN)


class TestWebhooks:
    def test_the_right_secret_hints_at_the_shipments(self) -> None:
        body = b'{"event": "shipment_purchased", "data": {}}'
        assert webhooks.hints({"x-event-id": SECRET}, body, SECRET) == (Hint("shipments"),)

    @pytest.mark.parametrize("headers", [{}, {"X-Event-Id": "whsec_other"}, {"X-Event-Id": ""}])
    def test_any_other_is_refused_unread(self, headers: dict[str, str]) -> None:
        with pytest.raises(CredentialsError):
            webhooks.hints(headers, b"not json", SECRET)

    def test_without_a_secret_of_ours_none_is_right(self) -> None:
        with pytest.raises(CredentialsError):
            webhooks.hints({"X-Event-Id": ""}, b"{}", "")

    def test_what_is_of_no_interest_hints_at_nothing(self) -> None:
        assert webhooks.hints({"X-Event-Id": SECRET}, b'{"event": "batch_failed"}', SECRET) == ()

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"7", b"\xff"])
    def test_what_cannot_be_read_is_refused(self, body: bytes) -> None:
        with pytest.raises(RejectedError):
            webhooks.hints({"X-Event-Id": SECRET}, body, SECRET)


class TestOptions:
    def test_an_address_is_all_that_must_be_given(self) -> None:
        found = options()
        assert (found.labels, found.left, found.label_type) == ("by_hand", "label", "PDF")

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            ({"warehouses": {}}, "warehouses"),
            ({"warehouses": {"*": {**SENDER, "country": "Germany"}}}, "country"),
            ({"warehouses": {"*": {k: v for k, v in SENDER.items() if k != "city"}}}, "city"),
            ({"parcel": {"length": 20}}, "width"),
            ({"parcel": {"max_weight": 0}}, "max_weight"),
            ({"labels": "sometimes"}, "labels"),
            ({"services": [{"choose": "nicest"}]}, "choose"),
        ],
    )
    def test_what_is_wrong_is_named(self, wrong: dict[str, Any], named: str) -> None:
        with pytest.raises(ValidationError) as refused:
            options(**wrong)
        assert named in json.dumps(refused.value.messages)
