"""The bodies of envelopes/*.json: good ones and every kind of bad one."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import base64
import json
from typing import Any

from tests.world import event_id, fixture_order, order_event

Document = dict[str, Any]


def an_event(name: str = "good", **changes: Any) -> Document:
    """An event small enough to be read in a golden file."""
    data = {"order": {"id": 1042, "total": "35.58"}, "refunds": []}
    made = order_event(data, id=event_id(name), entity_id="1042")
    return {**made, **changes}


def a_batch(name: str = "good") -> Document:
    return {"events": [an_event(name)]}


def _post(about: str, **body: Any) -> Document:
    return {"about": about, "request": {"method": "POST", "path": "/v1/events", **body}}


def _without(name: str) -> Document:
    return {key: value for key, value in an_event(name).items() if key != name}


def _text(replaced: str, by: str) -> str:
    """A good batch's text with a piece of it replaced."""
    text = json.dumps(a_batch())
    assert replaced in text
    return text.replace(replaced, by)


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


MEMBERS = ("id", "topic", "entity", "entity_id", "version", "occurred_at", "schema", "data")
WRONG: dict[str, list[Any]] = {
    "id": [5, None, [], "", "1042", "not-a-uuid-at-all-but-36-characters!", "\0" * 36],
    "topic": [5, None, "", "order", "Order.Updated", "order.updated\n", "a" * 50 + ".updated", "order.\0"],
    "entity": [5, None, "", "Order", "order\0", "a" * 41],
    "entity_id": [None, True, 1.5, "", "a b", "a\0b", "1" * 65, [], {}],
    "version": [None, "1", True, 0, -1, 1.5, 2**63, []],
    "occurred_at": [None, 5, "", "yesterday", "2026-11-20", "2026-11-20T15:36:35", "0001-01-01T00:00:00+23:00",
                    "2026-02-30T00:00:00Z"],
    "schema": [None, 5, "", "woocommerce.order", "woocommerce.order/x", "woocommerce.order/3\0"],
    "data": [None, 5, "text", [], True],
}  # fmt: skip


def _wrong(name: str) -> Document:
    """Events whose member `name` is wrong in one way each."""
    cases = [
        an_event(f"{name} {place}", **{name: value}) for place, value in enumerate(WRONG[name])
    ]
    return {"events": cases}


ENVELOPES: dict[str, Document] = {
    "good_single": _post(
        "One order as WooCommerce renders it.",
        body={"events": [order_event(fixture_order("simple_cod"))]},
    ),
    "good_batch": _post(
        "Several, one of them of another topic.",
        body={
            "events": [
                an_event("first"),
                an_event("second", version=2, occurred_at="2026-11-20T16:36:35+01:00"),
                an_event("third", topic="note.created", entity="note", entity_id="7"),
            ]
        },
    ),
    "entity_id_as_number": _post(
        "A whole number is read as its text.", body={"events": [an_event(entity_id=1042)]}
    ),
    "id_in_capitals": _post(
        "The id comes back in its canonical spelling.",
        body={"events": [an_event(id=event_id("good").upper())]},
    ),
    "same_event_twice": _post(
        "The second is a duplicate.", body={"events": [an_event(), an_event()]}
    ),
    "same_id_other_content": _post(
        "The first stands; the second is refused.",
        body={"events": [an_event(), an_event(version=2)]},
    ),
    "one_bad_among_good": _post(
        "A bad event does not stop its neighbours.",
        body={"events": [an_event("first"), an_event("bad", version=0), an_event("last")]},
    ),
    "unknown_members": _post(
        "Members nobody knows are passed over.",
        body={"events": [an_event(colour="red")], "sent_by": "plugin 9.9"},
    ),
    "data_without_sense": _post(
        "What is in `data` is judged later: it is kept, and becomes a case.",
        body={"events": [an_event(data={"order": "nonsense"})]},
    ),
    "nul_in_data": _post(
        "NUL inside `data` is kept.", body={"events": [an_event(data={"order": {"note": "a\0b"}})]}
    ),
    "duplicate_keys": _post(
        "Of two members with one name the last counts.",
        body_text=_text('"version": 1', '"version": 1, "version": 2'),
    ),
    "all_bad": _post(
        "Nothing that can be kept.", body={"events": [an_event(id="x"), an_event(version=0), 7]}
    ),
    "no_objects": _post("Events that are no objects.", body={"events": [None, 1, "a", [], True]}),
    "empty_object": _post("An event with nothing in it.", body={"events": [{}]}),
    "no_events": _post("An empty list.", body={"events": []}),
    "too_many": _post("51 where 50 are taken.", body={"events": [{}] * 51}),
    "not_an_object": _post("A list where the object should be.", body=[an_event()]),
    "events_not_a_list": _post("An object where the list should be.", body={"events": an_event()}),
    "events_missing": _post("Another name for the list.", body={"event": [an_event()]}),
    "null": _post("Nothing at all, as JSON.", body_text="null"),
    **{f"wrong_{name}": _post(f"`{name}` wrong in every way.", body=_wrong(name)) for name in WRONG},
    "huge_integer": _post(
        "A number of 401 digits, in a batch that is JSON otherwise.",
        body_text=_text('"version": 1', '"version": 1' + "0" * 400),
    ),
    "version_past_64_bits": _post(
        "A version that no counter reaches.",
        body_text=_text('"version": 1', '"version": 9223372036854775808'),
    ),
    "nested_200_deep": _post(
        "As deep as is still kept.", body_text=_text('"35.58"', "[" * 200 + "]" * 200)
    ),
    "nested_400_deep": _post(
        "Too deep for an event; the batch is read.",
        body_text=_text('"35.58"', "[" * 400 + "]" * 400),
    ),
    "nested_10000_deep": _post(
        "Too deep to be read.", body_text=_text('"35.58"', "[" * 10_000 + "]" * 10_000)
    ),
    "broken_json": _post("Cut off in the middle.", body_text=json.dumps(a_batch())[:-40]),
    "not_a_number": _post("NaN is not JSON.", body_text=_text('"version": 1', '"version": NaN')),
    "half_a_surrogate": _post(
        "An escape that is no character.", body_text=_text('"35.58"', '"\\ud800"')
    ),
    "bad_utf8": _post(
        "Bytes that are not UTF-8.",
        body_base64=_base64(json.dumps(a_batch()).encode().replace(b"35.58", b"\xff\xfe")),
    ),
    "byte_order_mark": _post(
        "A byte order mark before the JSON.",
        body_base64=_base64(b"\xef\xbb\xbf" + json.dumps(a_batch()).encode()),
    ),
    "gzip": _post(
        "Compressed without saying so.",
        body_base64="H4sIAAAAAAAC/6tWSi1LzSspVrKKjq0FAM7w3J0NAAAA",
    ),
    **{f"without_{name}": _post(f"No `{name}`.", body={"events": [_without(name)]}) for name in MEMBERS},
}  # fmt: skip
