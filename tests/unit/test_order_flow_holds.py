"""What an order waits for, and what its store's rules choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from causeway.canonical import Return, ReturnLine, ReturnReceipt
from causeway.connectors.samples import a_refund, an_order
from causeway.flows.facts import (
    Booked,
    HeldByHand,
    Looked,
    Released,
    ReturnArrived,
    ReturnDecided,
    ReturnRequested,
)
from causeway.flows.routing import booking_side, goods_route
from causeway.flows.scene import Scene
from causeway.flows.state import Financial, Phase
from causeway.flows.waits import waits
from causeway.policy import Rule, StorePolicy, Translation
from tests.order_life import ALL, ERP, SECOND, WMS, Life, answer, booked, parcel, seen
from tests.world import START


def test_a_payment_that_is_only_promised_holds_the_order_until_it_is_collected() -> None:
    life = Life()
    life.meet(seen(1, captured=False))
    assert (life.now.phase, life.now.financial) == (Phase.HELD, Financial.AUTHORISED)
    assert life.cases == {"not_captured"}
    life.meet(seen(2, paid_at=START))
    assert (life.keys[0], life.cases) == ("book", set())


def test_a_suspicion_holds_until_a_person_releases_it() -> None:
    life = Life()
    life.meet(seen(1, marks=(("_wcpay_fraud_outcome_status", "review"),)))
    assert life.cases == {"suspected_fraud"}
    life.meet(Released("a person", START))
    assert (life.keys, life.cases) == (["book"], set())


def test_a_hold_by_hand_ends_with_its_time() -> None:
    life = Life(Scene(StorePolicy(rest_minutes=30), (ERP,)))
    life.meet(seen(1))
    assert (life.keys, life.cases) == ([], set())
    assert life.last is not None
    assert life.last.wake_at == START + timedelta(minutes=30)
    life.meet(HeldByHand("buyer calls back", "Ada", START + timedelta(hours=1), START))
    assert life.cases == {"held_by_hand"}
    life.meet(Looked(START + timedelta(minutes=31)))
    assert life.keys == []
    life.meet(Looked(START + timedelta(hours=1)))
    assert (life.keys, life.cases) == (["book"], set())


def test_a_missing_word_holds_and_the_mapping_lets_it_go() -> None:
    policy = StorePolicy(required_mappings=("payment",))
    life = Life(Scene(policy, (ERP,)))
    decision = life.meet(seen(1))
    assert [(m.table, m.word) for m in decision.missing] == [("payment", "cod")]
    life.scene = Scene(policy, (ERP,), (Translation("payment", "c*", "CASH"),))
    life.meet(Looked(START))
    assert life.asked[0].payload.payment_method == "CASH"


def test_a_deleted_product_is_mapped_by_its_number() -> None:
    bare = tuple(
        replace(x, sku="", code="44") if x.sku == "BOOK-7" else x for x in an_order().lines
    )
    life = Life(Scene(StorePolicy(), (ERP,)))
    life.meet(seen(1, lines=bare))
    assert life.cases == {"missing_sku"}
    life.scene = Scene(StorePolicy(), (ERP,), (Translation("sku", "#44", "BOOK-7"),))
    life.meet(Looked(START))
    assert [line.sku for line in life.asked[0].payload.product_lines] == ["MUG-01", "BOOK-7"]


def test_another_connectors_sales_order_is_taken_over_not_made_again() -> None:
    policy = StorePolicy(adopt={"erp": ("_old_link",)})
    life = Life(Scene(policy, (ERP, WMS)))
    decision = life.meet(seen(1, marks=(("_old_link", "SAL-9"),)))
    assert life.keys == []
    assert (life.now.booked_as, decision.adopted[0].theirs) == ("SAL-9", "SAL-9")
    life.meet(seen(2, marks=(("_old_link", "SAL-9"),), refunds=(a_refund(),)))
    assert life.keys == ["refund:79"]


def waited(life: Life) -> list[str]:
    return [f"{wait.who}: {wait.what}" for wait in waits(life.now)]


def test_each_step_says_for_whom_it_waits() -> None:
    life = Life()
    life.meet(seen(1, status="pending"))
    assert waited(life) == ["the shop: a payment, or another status than “pending”"]
    life.meet(seen(2))
    assert waited(life) == ["erp: to book it"]
    life.meet(Booked("SO-1", START))
    assert waited(life) == ["wms: to accept and send 2 x MUG-01, 1 x BOOK-7"]
    life.meet(answer("accepted", 1))
    assert waited(life) == ["wms: to send 2 x MUG-01, 1 x BOOK-7"]
    life.meet(parcel("P-1", "1", ("MUG-01", "2"), tracking=""))
    assert waited(life) == ["wms: to send 1 x BOOK-7", "wms: the tracking number of parcel P-1"]
    life.meet(answer("on_hold", 2, part=""))
    assert "erp: to let it go on after its credit check" in waited(life)
    assert "wms: to say whether it stopped" in waited(life)


def test_a_return_says_for_whom_it_waits_until_it_is_refunded() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", *ALL))
    assert waited(life) == []
    line = ReturnLine("1", "MUG-01", "Mug", Decimal(1))
    back = Return("sample", "1042", "1042", "R1", (line,), START)
    life.meet(ReturnRequested(back, START))
    assert waited(life) == ["a person: to allow return R1"]
    life.meet(ReturnDecided("R1", True, "Ada", START))
    assert waited(life) == ["the buyer: to send the goods of return R1 back"]
    life.meet(ReturnArrived("R1", ReturnReceipt("1", "", START, (line,)), START))
    assert waited(life) == ["wms: to look at the goods of R1"]
    shelf = replace(line, disposition="restock")
    life.meet(ReturnArrived("R1", ReturnReceipt("2", "", START, (shelf,)), START))
    assert waited(life) == ["the shop: to refund return R1"]


def test_a_warehouse_that_cannot_send_is_told_once_with_what_follows() -> None:
    life = booked()
    life.meet(answer("rejected", 1, reason="none left"))
    assert "another one was asked" in life.told["note", "rerouted:1"]["text"]
    life.meet(answer("rejected", 2, part="2", reason="none here either"))
    assert "no other can" in life.told["note", "rerouted:2"]["text"]


def test_rules_choose_by_country_sku_weight_stock_and_split() -> None:
    rules = (
        Rule("Austria", "second", role="erp", countries=("AT",)),
        Rule("heavy", "second", warehouse="HALL", min_weight=Decimal(30)),
        Rule("books", "second", warehouse="SHELF", skus=("BOOK-*",), in_stock=True),
        Rule("rest", "wms", warehouse="MAIN"),
    )
    scene = Scene(
        StorePolicy(routes=rules), (ERP, WMS, SECOND), (), {("SHELF", "BOOK-7"): Decimal(1)}
    )
    order = an_order()
    wanted = {line.id: line.quantity for line in order.product_lines}
    route = goods_route(order, wanted, scene)
    assert {c.sku: c.warehouse for c in route.choices} == {"MUG-01": "MAIN", "BOOK-7": "SHELF"}
    assert any("too light" in reason for reason in route.choices[0].passed_over)
    together = replace(scene, policy=replace(scene.policy, split=False))
    assert len(goods_route(order, wanted, together).places) == 1
    assert booking_side(order, scene) == "erp"


def test_notes_speak_the_stores_language() -> None:
    life = booked(Scene(StorePolicy(language="de"), (ERP, WMS)))
    assert life.told["note", "booked"]["text"].startswith("In der Warenwirtschaft gebucht")
