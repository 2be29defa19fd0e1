"""What the connector does at a real karrio: orders, labels once, parcels, cancelling, refusals."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from causeway.canonical import FulfilmentRequest, RequestLine, Shipment
from causeway.connectors import registry
from causeway.connectors.base import GivesLabels
from causeway.connectors.faulty import Fault, faulty
from causeway.connectors.karrio import labelling, mapper
from causeway.connectors.karrio.connector import KarrioConnector, build
from causeway.connectors.samples import BUYER, a_request
from causeway.errors import (
    CredentialsError,
    MappingMissing,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)
from tests.real.conftest import karrio_settings
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer


@pytest.fixture
def make(karrio: KarrioServer) -> Iterator[Any]:
    """Makes connectors with these options."""
    made: list[KarrioConnector] = []

    def one(token: str = "", secret: str = "", **options: Any) -> KarrioConnector:
        made.append(build(karrio_settings(karrio, token, secret, **options)))
        return made[-1]

    yield one
    for connector in made:
        connector.close()


def new(**changes: Any) -> tuple[FulfilmentRequest, str]:
    request = a_request(store=f"store-{uuid4().hex[:8]}", **changes)
    return request, f"{request.store}:{request.order_id}:request:{request.id}"


def parcels(connector: KarrioConnector, key: str) -> list[Shipment]:
    found: list[Shipment] = []
    cursor, more = "", True
    while more:
        page = connector.read_shipments(cursor)
        found += page.items
        cursor, more = page.cursor, page.more
    return [shipment for shipment in found if shipment.request_key == key]


def is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]


class TestLabels:
    def test_the_cheapest_label_is_bought_and_its_parcel_and_pdf_come_back(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make()
        request, key = new()
        connector.request_fulfilment(request, key)
        (bought,) = karrio_books.labels(key)
        rate = json.loads(bought["selected_rate"])
        assert (rate["carrier_id"], rate["service"]) == ("bike_courier", "bike_today")
        assert karrio_books.order(key)["status"] == "fulfilled"
        (parcel,) = parcels(connector, key)
        assert parcel.tracking_number == bought["tracking_number"]
        assert parcel.carrier == "Bike Courier"
        assert {(x.order_line_id, x.sku, int(x.quantity)) for x in parcel.lines} == {
            ("1", "MUG-01", 2), ("2", "BOOK-7", 1),
        }  # fmt: skip
        assert isinstance(connector, GivesLabels)
        assert is_pdf(connector.read_label(parcel.label))

    @pytest.mark.parametrize(
        ("shipping", "country", "service"),
        [
            ("Express delivery", "DE", "post_express"),
            ("Flat rate", "FR", "post_standard"),
            ("Flat rate", "AT", "post_express"),
        ],
    )
    def test_a_rule_chooses_by_shipping_method_and_country(
        self, make: Any, karrio_books: KarrioBooks, shipping: str, country: str, service: str
    ) -> None:
        rules = [
            {"shipping": "express*", "service": "post_express"},
            {"countries": ["AT"], "carrier": "parcel_post", "choose": "fastest"},
        ]
        there = replace(BUYER, country=country, state="", postcode="1010", city="Anywhere")
        request, key = new(shipping_method=shipping, recipient=there)
        make(services=rules).request_fulfilment(request, key)
        (bought,) = karrio_books.labels(key)
        assert json.loads(bought["selected_rate"])["service"] == service

    def test_what_is_too_heavy_goes_in_several_parcels_each_with_its_goods(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(parcel={"max_weight": 2})
        lines = (
            RequestLine("1", "MUG-01", "Mug", Decimal(3), Decimal("0.8")),
            RequestLine("2", "TEA-100", "Tea by weight", Decimal("1.5"), Decimal(1)),
        )
        request, key = new(lines=lines)
        connector.request_fulfilment(request, key)
        assert len(karrio_books.labels(key)) == 1
        found = parcels(connector, key)
        sent = [(x.order_line_id, x.quantity) for s in found for x in s.lines]
        assert len(found) == 3
        assert sorted(sent) == [("1", 1), ("1", 2), ("2", Decimal("1.5"))]
        assert len({s.id for s in found}) == 3
        assert all(is_pdf(connector.read_label(s.label)) for s in found)

    def test_a_label_for_a_printer_is_what_the_printer_takes(self, make: Any) -> None:
        connector = make(label_type="ZPL")
        request, key = new()
        connector.request_fulfilment(request, key)
        (parcel,) = parcels(connector, key)
        assert connector.read_label(parcel.label)

    def test_a_service_nobody_offers_is_refused_with_what_is_offered(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(services=[{"service": "post_overnight"}])
        request, key = new()
        with pytest.raises(RejectedError, match=r"post_overnight.*post_standard"):
            connector.request_fulfilment(request, key)
        assert karrio_books.labels(key) == []

    def test_where_nobody_delivers_is_refused(self, make: Any) -> None:
        connector = make(services=[{"carrier": "bike_courier"}])
        request, key = new(recipient=replace(BUYER, country="FR", state="", postcode="75001"))
        with pytest.raises(RejectedError) as refused:
            connector.request_fulfilment(request, key)
        assert refused.value.code == "no_rate"

    def test_mended_settings_buy_the_label_that_was_refused(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        request, key = new()
        with pytest.raises(RejectedError):
            make(services=[{"service": "post_overnight"}]).request_fulfilment(request, key)
        again = make().request_fulfilment(request, key)
        assert again.existed
        assert len(karrio_books.labels(key)) == 1
        assert not [s for s in karrio_books.shipments(key) if s["status"] == mapper.DRAFT]

    def test_while_a_purchase_may_be_under_way_none_is_asked_for(
        self, make: Any, karrio: KarrioServer, karrio_books: KarrioBooks
    ) -> None:
        """Its answer was lost on the way; whether karrio still works on it nobody knows."""

        def lost(number: int, method: str, path: str) -> Fault | None:
            return "cut_before" if path.endswith("/purchase") else None

        request, key = new()
        waits = karrio_settings(karrio, purchase_wait_seconds=4)
        with faulty(karrio.url, lost) as proxy:
            connector = registry.build(replace(waits, url=proxy.url))
            assert isinstance(connector, KarrioConnector)
            with pytest.raises(UnknownOutcome):
                connector.request_fulfilment(request, key)
            found = connector.find("request", key)
            assert found is not None
            assert not found.complete
            with pytest.raises(RetryableError) as refused:
                connector.request_fulfilment(request, key)
        assert refused.value.retry_after is not None
        assert karrio_books.labels(key) == []
        time.sleep(refused.value.retry_after + 0.1)
        assert build(waits).request_fulfilment(request, key).existed
        assert len(karrio_books.labels(key)) == 1

    def test_rates_of_an_old_draft_are_asked_for_anew(
        self, make: Any, karrio_books: KarrioBooks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request, key = new()
        with pytest.raises(RejectedError):
            make(services=[{"service": "post_overnight"}]).request_fulfilment(request, key)
        monkeypatch.setattr(labelling, "FRESH", labelling.FRESH * 0)
        make().request_fulfilment(request, key)
        states = sorted(s["status"] for s in karrio_books.shipments(key))
        assert states == ["cancelled", "created"]

    def test_a_label_bought_by_hand_is_enough(self, make: Any, karrio_books: KarrioBooks) -> None:
        request, key = new()
        make(labels="by_hand").request_fulfilment(request, key)
        karrio_books.buy_by_hand(key)
        assert make().request_fulfilment(request, key).existed
        assert len(karrio_books.labels(key)) == 1


class TestParcelsByHand:
    def test_two_parcels_of_one_order_are_told_one_after_the_other(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(labels="by_hand")
        request, key = new()
        connector.request_fulfilment(request, key)
        karrio_books.buy_by_hand(key, pieces={"MUG-01": 1})
        assert karrio_books.order(key)["status"] == "partial"
        first = parcels(connector, key)
        karrio_books.buy_by_hand(key, pieces={"MUG-01": 1, "BOOK-7": 1})
        second = parcels(connector, key)
        assert [[(x.sku, int(x.quantity)) for x in s.lines] for s in first] == [[("MUG-01", 1)]]
        assert len(second) == 2

    def test_a_draft_that_is_bought_later_is_told_then(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        """karrio tells when a shipment was made, not when its label was bought."""
        connector = make(labels="by_hand")
        request, key = new()
        connector.request_fulfilment(request, key)
        order = karrio_books.order(key)
        draft = karrio_books.post("/v1/shipments", {
            "recipient": order["shipping_to"], "shipper": json.loads(order["shipping_from"]),
            "parcels": [{"weight": 1, "weight_unit": "KG", "items": [
                {"parent_id": i["id"], "sku": i["sku"], "quantity": i["quantity"],
                 "weight": 1, "weight_unit": "KG"} for i in order["line_items"]]}],
        })  # fmt: skip
        cursor, more = "", True
        while more:
            page = connector.read_shipments(cursor)
            cursor, more = page.cursor, page.more
        late = re.sub(r'"since":"[^"]+"', '"since":"2099-01-01T00:00:00+00:00"', cursor)
        karrio_books.post(
            f"/v1/shipments/{draft['id']}/purchase", {"selected_rate_id": draft["rates"][0]["id"]}
        )
        found = connector.read_shipments(late)
        assert [s.request_key for s in found.items].count(key) == 1
        assert draft["id"] not in found.cursor

    def test_parcels_that_must_move_first_are_told_when_they_do(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(left="moving")
        request, key = new()
        connector.request_fulfilment(request, key)
        assert parcels(connector, key) == []
        karrio_books.move(key)
        assert len(parcels(connector, key)) == 1


class TestStopping:
    def test_a_bought_label_is_too_late_and_names_the_parcel(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make()
        request, key = new()
        connector.request_fulfilment(request, key)
        done = connector.cancel_request(request, key, f"{key}:stop")
        assert done.result == "too_late"
        assert karrio_books.labels(key)[0]["tracking_number"] in done.detail

    def test_a_label_whose_parcel_has_not_moved_is_voided_where_that_counts(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(left="moving")
        request, key = new()
        connector.request_fulfilment(request, key)
        for _ in range(2):
            assert connector.cancel_request(request, key, f"{key}:stop").result == "cancelled"
        assert karrio_books.order(key)["status"] == "cancelled"
        assert karrio_books.labels(key) == []

    def test_a_parcel_that_moves_is_too_late(self, make: Any, karrio_books: KarrioBooks) -> None:
        connector = make(left="moving")
        request, key = new()
        connector.request_fulfilment(request, key)
        karrio_books.move(key)
        done = connector.cancel_request(request, key, f"{key}:stop")
        assert done.result == "too_late"
        assert "on its way" in done.detail

    def test_drafts_are_given_up_with_the_order(self, make: Any, karrio_books: KarrioBooks) -> None:
        request, key = new()
        with pytest.raises(RejectedError):
            make(services=[{"service": "post_overnight"}]).request_fulfilment(request, key)
        done = make().cancel_request(request, key, f"{key}:stop")
        assert done.result == "cancelled"
        assert karrio_books.order(key)["status"] == "cancelled"
        assert {s["status"] for s in karrio_books.shipments(key)} == {"cancelled"}

    def test_what_was_cancelled_gets_no_label_and_no_second_order(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        """karrio itself would take the number again."""
        connector = make(labels="by_hand")
        request, key = new()
        connector.request_fulfilment(request, key)
        connector.cancel_request(request, key, f"{key}:stop")
        assert make().request_fulfilment(request, key).existed
        assert len(karrio_books.orders(key)) == 1
        assert karrio_books.labels(key) == []

    def test_what_was_never_asked_for_cannot_be_stopped(self, make: Any) -> None:
        request, key = new()
        with pytest.raises(RejectedError, match="not known"):
            make().cancel_request(request, key, f"{key}:stop")


class TestRefusals:
    def test_a_postal_code_that_cannot_be_is_named(self, make: Any) -> None:
        request, key = new(recipient=replace(BUYER, country="CA", state="QC", postcode="123"))
        with pytest.raises(RejectedError, match=r"postal.code|postal_code"):
            make().request_fulfilment(request, key)

    def test_a_country_that_is_none_is_refused_and_names_no_buyer(self, make: Any) -> None:
        request, key = new(recipient=replace(BUYER, country="ZZ"))
        with pytest.raises(RejectedError, match="country_code") as refused:
            make().request_fulfilment(request, key)
        assert "Mustermann" not in refused.value.reason

    def test_a_telephone_number_nobody_can_read_does_not_stop_the_parcel(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        request, key = new(recipient=replace(BUYER, phone="+999 99999 99999 99999 99999"))
        make().request_fulfilment(request, key)
        assert len(karrio_books.labels(key)) == 1

    def test_a_warehouse_without_address_is_a_missing_mapping(
        self, make: Any, karrio_books: KarrioBooks
    ) -> None:
        connector = make(warehouses={"SOUTH": karrio_settings_address()})
        request, key = new()
        with pytest.raises(MappingMissing, match="MAIN"):
            connector.request_fulfilment(request, key)
        assert karrio_books.orders(key) == []

    def test_an_account_without_carriers_says_so_where_a_label_is_wanted(
        self, make: Any, karrio: KarrioServer
    ) -> None:
        request, key = new()
        with pytest.raises(RejectedError):
            make(karrio.bare_key).request_fulfilment(request, key)

    def test_a_label_of_nobodys_parcel_is_refused(self, make: Any) -> None:
        with pytest.raises(RejectedError):
            make().read_label("shp_0000")

    def test_another_accounts_token_is_no_right_one(self, make: Any) -> None:
        with pytest.raises(CredentialsError):
            make("key_of_nobody").find("request", "nobody:1")


class TestChecking:
    def test_it_tells_version_mode_carriers_and_how_labels_come(self, make: Any) -> None:
        check = make().check()
        assert check.ok, check
        for words in ("2026.1", "live", "bike_courier", "parcel_post", "at once"):
            assert words in check.detail

    def test_a_token_of_the_test_mode_is_said_to_be_one(
        self, make: Any, karrio: KarrioServer
    ) -> None:
        check = make(karrio.test_key).check()
        assert check.ok, check
        assert "test mode" in check.detail

    def test_an_account_without_carriers_is_told_to_connect_one(
        self, make: Any, karrio: KarrioServer
    ) -> None:
        check = make(karrio.bare_key).check()
        assert not check.ok
        assert "connect" in check.problems[0]

    def test_a_carrier_of_the_rules_that_is_not_there_is_named(self, make: Any) -> None:
        check = make(services=[{"carrier": "pigeon_post"}]).check()
        assert not check.ok
        assert "pigeon_post" in check.problems[0]

    def test_who_waits_for_parcels_to_move_needs_carriers_that_tell(self, make: Any) -> None:
        check = make(left="moving").check()
        assert not check.ok
        assert "bike_courier" in check.problems[0]


def karrio_settings_address() -> dict[str, str]:
    return {"company": "South", "address_1": "Hafen 1", "city": "Konstanz", "country": "DE"}


def test_karrio_is_told_who_gets_what_and_nothing_else(
    make: Any, karrio_books: KarrioBooks
) -> None:
    request, key = new(note="Ring twice")
    make().request_fulfilment(request, key)
    order = karrio_books.order(key)
    stored = json.dumps(order, default=str) + json.dumps(karrio_books.shipments(key), default=str)
    assert "Mustermann" in stored
    assert "erika@" not in stored
    assert "64.55" not in stored
