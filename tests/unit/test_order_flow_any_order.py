"""Whatever order facts come in, and however often: one end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from causeway.connectors.samples import a_refund, an_order
from causeway.flows import transitions
from causeway.flows.facts import (
    Booked,
    CancelAnswered,
    Fact,
    Looked,
    Released,
    RequestSubmitted,
    StopAnswered,
    UpdateRefused,
)
from causeway.flows.fulfilling import shipped_of, wanted_of
from causeway.flows.scene import Scene
from causeway.flows.state import Phase
from causeway.policy import StorePolicy
from tests.order_life import ALL, SCENE, Life, answer, parcel, seen
from tests.world import START

# What the outside may say, once what it answers was asked.
Said = tuple[Callable[[list[str]], bool], Fact]


def once(key: str) -> Callable[[list[str]], bool]:
    return lambda asked: key in asked


FACTS: list[Said] = [
    (lambda asked: True, seen(1)),
    (lambda asked: True, seen(2, refunds=(a_refund(),))),
    (lambda asked: True, seen(3, refunds=(a_refund(),), paid_at=START)),
    (once("book"), Booked("SO-1", START)),
    (once("request:1"), RequestSubmitted("1", "WR-1", START)),
    (once("request:1"), answer("accepted", 1)),
    (once("request:1"), answer("rejected", 2)),
    (once("request:2"), RequestSubmitted("2", "WR-2", START)),
    (once("request:2"), answer("on_hold", 3, part="2")),
    (once("request:2"), answer("released", 4, part="2")),
    (once("stop:1"), StopAnswered("1", "cancelled", "", START)),
    (once("stop:2"), StopAnswered("2", "cancelled", "", START)),
]


def travel(choose: Callable[[int], int]) -> Life:
    life, told = Life(), list[int]()
    while True:
        open_ = [i for i, (may, _) in enumerate(FACTS) if i not in told and may(life.keys)]
        if not open_:
            break
        place = open_[choose(len(open_))]
        told.append(place)
        life.meet(FACTS[place][1])
        life.meet(FACTS[told[choose(len(told))]][1])
    return finished(life)


def finished(life: Life) -> Life:
    """Every warehouse that still has something to send sends it."""
    for part in life.now.fulfilments:
        if not part.over:
            goods = [(x.sku, str(x.quantity - x.shipped)) for x in part.lines]
            life.meet(parcel(f"P-{part.id}", part.id, *goods))
    return life


@hypothesis_settings(max_examples=300)
@given(st.data())
def test_delayed_doubled_and_permuted_facts_end_alike(data: st.DataObject) -> None:
    straight = travel(lambda n: 0)
    other = travel(lambda n: data.draw(st.integers(0, n - 1)))
    for life in (straight, other):
        state = life.now
        assert len(life.keys) == len(set(life.keys)), "no key twice"
        assert not any(name.startswith("illegal") for name in life.cases)
        sent = {k: v for k, v in shipped_of(state.fulfilments).items() if v}
        assert sent == wanted_of(state), "what is wanted was sent, and nothing else"
        assert state.phase is Phase.CLOSED
    assert other.now.order == straight.now.order
    assert other.now.financial == straight.now.financial
    assert {"book", "refund:79", "payment"} <= set(other.keys) & set(straight.keys)


EVERY: list[Fact] = [
    *(fact for _, fact in FACTS),
    seen(4, status="cancelled"),
    seen(5, status="on-hold"),
    seen(6, status="processing", billing=replace(an_order().billing, city="Hamburg")),
    seen(7, captured=False),
    answer("incomplete", 6),
    answer("cancelled", 7),
    parcel("P-1", "1", ("MUG-01", "1")),
    parcel("P-2", "1", *ALL),
    parcel("P-3", "2", *ALL, tracking=""),
    StopAnswered("1", "too_late", "", START),
    CancelAnswered("cancelled", "", START),
    CancelAnswered("too_late", "", START),
    UpdateRefused("no", START),
    Looked(START),
    Released("Ada", START),
]


@hypothesis_settings(max_examples=300)
@given(st.lists(st.sampled_from(EVERY), max_size=25))
def test_whatever_is_reported_no_key_is_asked_twice_and_no_illegal_move_made(
    facts: list[Fact],
) -> None:
    life = Life()
    life.meet(seen(1))
    for fact in facts:
        before = life.now
        life.meet(fact)
        for machine, a, b in transitions._moves(before, life.now):
            assert a is b or (a, b) in machine
    assert len(life.keys) == len(set(life.keys))


@pytest.mark.parametrize("scene", [SCENE, Scene(StorePolicy(), ())])
def test_an_order_of_nobody_else_is_still_followed(scene: Scene) -> None:
    life = Life(scene)
    life.meet(seen(1))
    assert life.now.asked
