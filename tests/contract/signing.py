"""What signatures.json and pairing.json hold: made here, read by every language."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import base64
import json
from typing import Any

from causeway.wire import pairing
from causeway.wire.signature import sign

NOW = 1790004995  # 2026-09-21T15:36:35Z
FIRST = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SECOND = "whsec_" + base64.b64encode(bytes(range(200, 232))).decode()
SHORTEST = "whsec_" + base64.b64encode(bytes(range(24))).decode()
LONGEST = "whsec_" + base64.b64encode(bytes(range(64))).decode()
BODY = '{"events":[{"id":"628757ce-dffa-591b-87b5-7ce00fcd8001"}]}'


def text_of(value: Any) -> str:
    """A text as golden files write it: itself, or `repeat` written `times` times after `prefix`."""
    if isinstance(value, dict):
        return str(value.get("prefix", "")) + str(value["repeat"]) * int(value["times"])
    return str(value)


def signatures() -> dict[str, Any]:
    return {
        "about": "Standard Webhooks signatures. `good` must be made and believed exactly so; "
        "`bad` must be refused for the reason given, against `secrets` at the time `now`.",
        "now": NOW,
        "tolerance_seconds": 300,
        "good": _good(),
        "bad": _bad(),
    }


def _vector(about: str, secrets: list[str], message_id: str, timestamp: int, payload: bytes) -> Any:
    found: dict[str, Any] = {
        "about": about,
        "secrets": secrets,
        "id": message_id,
        "timestamp": timestamp,
    }
    try:
        found["payload"] = payload.decode()
    except UnicodeDecodeError:
        found["payload_base64"] = base64.b64encode(payload).decode()
    found["signature"] = " ".join(sign(s, message_id, timestamp, payload) for s in secrets)
    return found


def _good() -> list[Any]:
    order = '{"name":"Zoë “Łódź” שלום 🍵","note":"a\\nb"}'
    return [
        _vector("a body", [FIRST], "msg_1", NOW, BODY.encode()),
        _vector("text beyond ASCII is signed as its UTF-8 bytes", [FIRST], "m-2", NOW, order.encode()),
        _vector("bytes that are no text", [FIRST], "msg_3", NOW, bytes([0, 255, 254, 10, 13])),
        _vector("a request without a body", [FIRST], "msg_4", NOW, b"GET /v1/catalog?after=7&limit=100"),
        _vector("its query as it was sent", [FIRST], "msg_5", NOW, b"GET /v1/updates?after="),
        _vector("an answer without a body", [FIRST], "msg_4", NOW, b"304"),
        _vector("while rotating: new secret first, old second", [SECOND, FIRST], "msg_6", NOW, BODY.encode()),
        _vector("a secret of 24 bytes, the shortest", [SHORTEST], "msg_7", NOW, b"{}"),
        _vector("a secret of 64 bytes, the longest", [LONGEST], "msg_8", NOW, b"{}"),
        _vector("an id of 128 characters, the longest", [FIRST], "x" * 128, NOW, b"{}"),
        _vector("300 seconds old, just in time", [FIRST], "msg_9", NOW - 300, b"{}"),
        _vector("300 seconds ahead, just in time", [FIRST], "msg_10", NOW + 300, b"{}"),
    ]  # fmt: skip


def _bad() -> list[Any]:
    good = sign(FIRST, "msg_1", NOW, BODY.encode())
    digest = good.removeprefix("v1,")
    other = sign(SECOND, "msg_1", NOW, BODY.encode())
    id_, stamp, sig = "webhook-id", "webhook-timestamp", "webhook-signature"
    cases: list[tuple[str, str, str, dict[str, Any]]] = [
        ("no id", "missing", id_, {id_: None}),
        ("no timestamp", "missing", stamp, {stamp: None}),
        ("no signature", "missing", sig, {sig: None}),
        ("an empty id", "missing", id_, {id_: ""}),
        ("an empty signature", "missing", sig, {sig: ""}),
        ("an id with a dot", "malformed", id_, {id_: "msg.1"}),
        ("an id with a line break", "malformed", id_, {id_: "msg_1\nx: y"}),
        ("an id with NUL", "malformed", id_, {id_: "msg_1\x00"}),
        ("an id beyond ASCII", "malformed", id_, {id_: "msg_é"}),
        ("an id of 129 characters", "malformed", id_, {id_: "x" * 129}),
        ("a timestamp that is no number", "malformed", stamp, {stamp: "nan"}),
        ("a negative timestamp", "malformed", stamp, {stamp: "-1790004995"}),
        ("a timestamp with a fraction", "malformed", stamp, {stamp: f"{NOW}.0"}),
        ("a timestamp with an exponent", "malformed", stamp, {stamp: "1e9"}),
        ("a timestamp of 401 digits", "malformed", stamp, {stamp: "1" + "0" * 400}),
        ("a timestamp with a space", "malformed", stamp, {stamp: f" {NOW}"}),
        ("digits of another script", "malformed", stamp, {stamp: "١٧٩٠٠٠٤٩٩٥"}),
        ("a signature without a comma", "malformed", sig, {sig: "v1" + digest}),
        ("only versions nobody knows", "malformed", sig, {sig: f"v1a,{digest} v2,{digest}"}),
        ("a signature beyond ASCII", "malformed", sig, {sig: "v1,ü" + digest}),
        ("ten thousand signatures", "malformed", sig, {sig: {"repeat": other + " ", "times": 10_000}}),
        ("spaces alone", "malformed", sig, {sig: "   "}),
        ("many commas", "mismatch", sig, {sig: f"v1,,,,{digest}"}),
        ("no base64", "mismatch", sig, {sig: "v1,!!!not-base64!!!"}),
        ("base64 cut short", "mismatch", sig, {sig: good[:-2]}),
        ("a signature with NUL", "mismatch", sig, {sig: good + "\x00"}),
        ("a double space between two that do not fit", "mismatch", sig, {sig: f"{other}  {other}"}),
        ("another secret's", "mismatch", sig, {sig: other}),
        ("another message's id", "mismatch", sig, {id_: "msg_2"}),
        ("another second", "mismatch", sig, {stamp: str(NOW + 1)}),
        ("the ninth of nine is not read", "mismatch", sig, {sig: " ".join([*[other] * 8, good])}),
    ]  # fmt: skip
    made = [
        {
            "about": about,
            "reason": reason,
            "header": header,
            "secrets": [FIRST],
            "headers": _headers({id_: "msg_1", stamp: str(NOW), sig: good, **changes}),
            "payload": BODY,
        }
        for about, reason, header, changes in cases
    ]
    made.append({**_plain(good), "about": "a body changed by one letter", "reason": "mismatch",
                 "header": sig, "payload": BODY.replace("628757", "628758")})  # fmt: skip
    for about, when in (("301 seconds old", NOW - 301), ("301 seconds ahead", NOW + 301)):
        late = sign(FIRST, "msg_1", when, BODY.encode())
        made.append({**_plain(late, when), "about": about, "reason": "skew", "header": stamp})
    return made


def _plain(signature: str, when: int = NOW) -> dict[str, Any]:
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(when),
        "webhook-signature": signature,
    }
    return {"secrets": [FIRST], "headers": headers, "payload": BODY}


def _headers(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def pairings() -> dict[str, Any]:
    known = [
        pairing.Pairing("http://127.0.0.1:8080", "berlin", FIRST),
        pairing.Pairing("https://sidecar.example/causeway", "muenchen_2", LONGEST),
    ]
    whole = pairing.encode(known[0])
    return {
        "about": "Pairing codes: `causeway1.` and the base64url JSON of url, store and secret.",
        "good": [
            {"code": pairing.encode(p), "url": p.url, "store": p.store, "secret": p.secret}
            for p in known
        ],
        "also_read": [
            {"about": "spaces and line breaks around it", "code": f"  {whole}\n", "store": "berlin"}
        ],
        "bad": [
            {"about": about, "code": code}
            for about, code in [
                ("nothing", ""),
                ("another prefix", whole.replace("causeway1.", "causeway2.")),
                ("no prefix", whole.removeprefix("causeway1.")),
                ("the prefix alone", "causeway1."),
                ("its end is missing", whole[:-20]),
                ("letters outside base64url", whole + "!é"),
                ("no JSON in it", _code(b"not json")),
                ("no object in it", _code(b"[1,2,3]")),
                ("no secret in it", _code(b'{"url":"http://x","store":"berlin"}')),
                ("a secret of one byte", _member("secret", "whsec_AA==")),
                ("a secret without its prefix", _member("secret", FIRST.removeprefix("whsec_"))),
                ("an address that is none", _member("url", 5)),
                ("an address that is not HTTP", _member("url", "ftp://x")),
                ("a store's name that is none", _member("store", "Not A Name")),
                (
                    "a list nested a hundred thousand times",
                    {"prefix": pairing.PREFIX, "repeat": "W1tb", "times": 30_000},
                ),
            ]
        ],
    }


def _code(body: bytes) -> str:
    return "causeway1." + base64.urlsafe_b64encode(body).decode().rstrip("=")


def _member(name: str, value: object) -> str:
    raw: dict[str, object] = {"url": "http://127.0.0.1:8080", "store": "berlin", "secret": FIRST}
    return _code(json.dumps({**raw, name: value}).encode())
