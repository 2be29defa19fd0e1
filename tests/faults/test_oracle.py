"""The count itself, and what surrounds it: a counter that cannot find a fault proves nothing."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from faults import nemesis
from faults.oracle import Arrival, Document, Expected, count, missing
from faults.orders import order, with_note


def expected(number: int, refunds: int = 0) -> Expected:
    return Expected(
        order_id=str(number),
        book=f"s:{number}:book",
        total="10.00",
        requests=f"s:{number}:request:",
        refunds=tuple(f"s:{number}:refund:{i}" for i in range(refunds)),
    )


def right(orders: list[Expected]) -> tuple[list[Document], list[Arrival]]:
    """Books and log of an other side at which all went as it should."""
    refs = [ref for o in orders for ref in (o.book, f"{o.requests}1", *o.refunds)]
    documents = [Document(ref, "10.00") for ref in refs]
    return documents, [Arrival(ref, worked=True) for ref in refs]


orders_of_a_shop = st.lists(st.integers(0, 3), min_size=1, max_size=20).map(
    lambda refunds: [expected(number, count) for number, count in enumerate(refunds)]
)


@given(orders_of_a_shop)
def test_books_in_which_each_stands_once_are_clean(orders: list[Expected]) -> None:
    found = count(orders, *right(orders))
    assert (found.lost, found.duplicated, found.reordered, found.problems) == (0, 0, 0, ())
    assert found.accepted == len(orders)


@given(orders_of_a_shop, st.randoms(use_true_random=False))
def test_every_planted_loss_is_found(orders: list[Expected], dice: random.Random) -> None:
    documents, arrivals = right(orders)
    gone = dice.sample(documents, dice.randint(1, len(documents)))
    left = [document for document in documents if document not in gone]
    assert count(orders, left, arrivals).lost == len(gone) == missing(orders, left)


@given(orders_of_a_shop, st.randoms(use_true_random=False))
def test_every_planted_double_is_found(orders: list[Expected], dice: random.Random) -> None:
    documents, arrivals = right(orders)
    again = dice.choices(documents, k=dice.randint(1, 5))
    assert count(orders, [*documents, *again], arrivals).duplicated == len(again)


@given(orders_of_a_shop, st.randoms(use_true_random=False))
def test_an_order_whose_writes_arrive_the_wrong_way_round_is_found(
    orders: list[Expected], dice: random.Random
) -> None:
    documents, arrivals = right(orders)
    hurt = dice.choice(orders)
    goods = Arrival(f"{hurt.requests}1", worked=True)
    late = Arrival(hurt.book, worked=True)
    log = [each for each in arrivals if each != late] + [late]
    assert goods in log
    assert count(orders, documents, log).reordered == 1


def test_a_write_that_did_not_work_does_not_open_the_way_for_the_next() -> None:
    one = expected(1, refunds=1)
    documents, arrivals = right([one])
    log = [Arrival(one.book, worked=False), Arrival(one.refunds[0], worked=False), *arrivals]
    assert count([one], documents, log).reordered == 1


def test_what_nobody_asked_for_counts_as_a_double() -> None:
    documents, arrivals = right([expected(1)])
    stray = Document("s:2:book", "10.00")
    assert count([expected(1)], [*documents, stray], arrivals).duplicated == 1


def test_what_is_missing_is_not_lost_where_an_open_case_tells_of_it() -> None:
    documents, arrivals = right([expected(1)])
    both = [expected(1), expected(2)]
    assert count(both, documents, arrivals, with_case={"2"}).lost == 0
    assert count(both, documents, arrivals, with_case={"3"}).lost == 2


def test_another_total_than_the_order_s_is_a_problem() -> None:
    documents, arrivals = right([expected(1)])
    wrong = [Document(each.ref, "9.99") for each in documents]
    assert count([expected(1)], wrong, arrivals).problems


def test_each_third_order_has_a_refund_of_its_own_number() -> None:
    refs = [ref for number in range(1, 31) for ref in order("s", number).expected.refunds]
    assert len(refs) == len(set(refs)) == 10
    assert [len(order("s", number).events) for number in (1, 2, 3)] == [1, 1, 2]


def test_another_body_keeps_the_id_of_its_event() -> None:
    event = order("s", 1).events[0]
    changed = with_note(event, "another")
    assert changed["id"] == event["id"]
    assert changed != event


def test_the_same_seed_gives_the_same_nemesis() -> None:
    assert nemesis.schedule(60, 7, "sqlite") == nemesis.schedule(60, 7, "sqlite")
    assert nemesis.schedule(60, 7, "sqlite") != nemesis.schedule(60, 8, "sqlite")


def test_a_nemesis_of_sqlite_harms_no_postgresql() -> None:
    strikes = nemesis.schedule(3600, 1, "sqlite")
    assert strikes
    assert not any(strike.harm.startswith("postgres") for strike in strikes)
