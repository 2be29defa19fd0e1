"""The envelope: each event judged by itself, each fault with field and remedy."""

# ruff: noqa: E501, PT017 - tables are read line by line; an error may come or may not
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.wire.envelope import Batch, none_kept, read
from causeway.wire.problems import ProblemError
from tests.contract.bodies import MEMBERS, WRONG, a_batch, an_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
WRONG_MEMBERS = [(name, value) for name, values in WRONG.items() for value in values]


def read_json(body: Any, most: int = 50) -> Batch:
    return read(json.dumps(body).encode(), "berlin", most)


def test_a_good_event_is_read_as_it_was_sent() -> None:
    event = read_json(a_batch()).events[0]
    assert (event.source, event.topic, event.entity_id, event.version) == (
        "berlin",
        "order.updated",
        "1042",
        1,
    )
    assert event.occurred_at == datetime(2026, 11, 20, 15, 36, 35, tzinfo=UTC)
    assert json.loads(event.data) == an_event()["data"]


@pytest.mark.parametrize(("name", "value"), WRONG_MEMBERS)
def test_a_wrong_member_is_named_and_its_neighbour_kept(name: str, value: Any) -> None:
    batch = read_json({"events": [an_event("good"), an_event("bad", **{name: value})]})
    assert [event.id for event in batch.events] == [an_event("good")["id"]]
    (refused,) = batch.refused
    assert refused.index == 1
    assert refused.problem.field == f"events.1.{name}"
    assert refused.problem.remedy


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_member_is_named(name: str) -> None:
    event = {key: value for key, value in an_event().items() if key != name}
    assert none_kept(read_json({"events": [event]}).refused).field == f"events.0.{name}"


@given(st.sampled_from(MEMBERS), JSON)
def test_any_value_in_any_member_is_kept_or_refused(name: str, value: Any) -> None:
    batch = read_json({"events": [an_event("good"), an_event("other", **{name: value})]})
    assert len(batch.events) + len(batch.refused) == 2
    assert all(refused.problem.field.startswith("events.1") for refused in batch.refused)


@given(JSON)
def test_any_json_is_a_batch_or_a_problem(body: Any) -> None:
    try:
        read_json(body)
    except ProblemError as error:
        assert error.problem.status in {400, 422}
        assert error.problem.remedy


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_problem(body: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        read(body, "berlin", 50)
    assert caught.value.problem.status in {400, 422}


@given(st.permutations(list(an_event())))
def test_the_order_of_members_makes_no_other_event(names: list[str]) -> None:
    event = an_event()
    shuffled = {name: event[name] for name in names}
    assert read_json({"events": [shuffled]}).events[0].hash == read_json(a_batch()).events[0].hash


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"entity_id": "9"}, {"topic": "order.created"}, {"data": {"order": {}}}],
)
def test_whatever_is_said_differently_has_another_hash(change: dict[str, Any]) -> None:
    changed = read_json({"events": [an_event(**change)]}).events[0]
    assert changed.hash != read_json(a_batch()).events[0].hash


def test_the_time_of_sending_makes_no_other_event() -> None:
    """An event sent again after a restore may carry another time; its content is what counts."""
    later = read_json({"events": [an_event(occurred_at="2026-11-21T00:00:00Z")]}).events[0]
    assert later.hash == read_json(a_batch()).events[0].hash


@pytest.mark.parametrize("depth", [300, 600, 1000])
def test_an_event_nested_too_deeply_does_not_stop_its_neighbour(depth: int) -> None:
    body = json.dumps({"events": [an_event("good"), an_event("deep", data={"order": "X"})]})
    deep = body.replace('"X"', "[" * depth + "]" * depth).encode()
    batch = read(deep, "berlin", 50)
    assert len(batch.events) == 1
    assert batch.refused[0].problem.field == "events.1.data"


def test_no_more_than_fifty_faults_are_listed() -> None:
    assert len(none_kept(read_json({"events": [{}] * 50}).refused).errors) == 50


def test_a_long_id_is_not_echoed_whole() -> None:
    batch = read_json({"events": [an_event(), an_event(id="x" * 5000)]})
    assert len(batch.refused[0].id) <= 64
