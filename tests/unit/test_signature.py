"""Signatures: the golden vectors, the published library as oracle, and whatever else may come."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from causeway.wire import signature
from causeway.wire.signature import SignatureProblem, headers, secret_bytes, sign, verify
from tests.contract.signing import text_of
from tests.world import CONTRACT, SECRET

VECTORS = json.loads((CONTRACT / "signatures.json").read_text(encoding="utf-8"))
NOW = datetime.fromtimestamp(VECTORS["now"], UTC)
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
ASCII = st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=60)
HEADER = st.one_of(
    st.none(), st.text(max_size=40), ASCII, st.sampled_from(["v1,", "v1,a v1,b", "0", "-1", "nan"])
)


def payload_of(vector: dict[str, Any]) -> bytes:
    if "payload_base64" in vector:
        return base64.b64decode(vector["payload_base64"])
    return vector["payload"].encode()


def about(vector: dict[str, Any]) -> str:
    return str(vector["about"])


@pytest.mark.parametrize("vector", VECTORS["good"], ids=about)
def test_a_golden_message_is_signed_exactly_so_and_believed(vector: dict[str, Any]) -> None:
    payload, secrets = payload_of(vector), vector["secrets"]
    made = [sign(secret, vector["id"], vector["timestamp"], payload) for secret in secrets]
    assert " ".join(made) == vector["signature"]
    given_headers = {
        "webhook-id": vector["id"],
        "webhook-timestamp": str(vector["timestamp"]),
        "webhook-signature": vector["signature"],
    }
    for secret in secrets:
        assert verify(given_headers, payload, [secret], NOW).id == vector["id"]


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=about)
def test_a_golden_forgery_is_refused_for_its_reason(vector: dict[str, Any]) -> None:
    given_headers = {name: text_of(value) for name, value in vector["headers"].items()}
    with pytest.raises(SignatureProblem) as caught:
        verify(given_headers, payload_of(vector), vector["secrets"], NOW)
    assert (caught.value.reason, caught.value.header) == (vector["reason"], vector["header"])


@pytest.mark.parametrize("vector", [v for v in VECTORS["good"] if "payload" in v], ids=about)
def test_the_published_library_signs_the_same(vector: dict[str, Any]) -> None:
    when = datetime.fromtimestamp(vector["timestamp"], UTC)
    theirs = [Webhook(s).sign(vector["id"], when, vector["payload"]) for s in vector["secrets"]]
    assert " ".join(theirs) == vector["signature"]


@given(
    st.text(alphabet="abcXYZ019_-", min_size=1, max_size=40),
    st.text(max_size=200),
    st.binary(min_size=24, max_size=64),
)
def test_each_believes_what_the_other_signed(message_id: str, text: str, key: bytes) -> None:
    secret, now = "whsec_" + base64.b64encode(key).decode(), datetime.now(UTC)
    ours = headers([secret], message_id, now, text.encode())
    Webhook(secret).verify(text, ours, json_parse=False)
    theirs = {**ours, "webhook-signature": Webhook(secret).sign(message_id, now, text)}
    assert verify(theirs, text.encode(), [secret], now).id == message_id


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=about)
def test_the_published_library_believes_no_forgery_either(vector: dict[str, Any]) -> None:
    """It raises its own error or, where the header is malformed, whatever it stumbles over.

    It judges time by its own clock, so every vector is out of time to it; what counts is that
    none is believed.
    """
    given_headers = {name: text_of(value) for name, value in vector["headers"].items()}
    with pytest.raises((WebhookVerificationError, ValueError, OverflowError)):
        Webhook(vector["secrets"][0]).verify(payload_of(vector), given_headers)


@given(st.fixed_dictionaries({}, optional={
    "webhook-id": HEADER, "webhook-timestamp": HEADER, "webhook-signature": HEADER,
}), st.binary(max_size=50))  # fmt: skip
def test_whatever_comes_is_refused_in_one_way(given_headers: dict[str, Any], body: bytes) -> None:
    with pytest.raises(SignatureProblem) as caught:
        verify(given_headers, body, [SECRET], NOW)
    assert caught.value.reason in {"missing", "malformed", "mismatch"}


@given(st.binary(min_size=1, max_size=80), st.data())
def test_any_changed_byte_of_the_body_is_noticed(body: bytes, data: st.DataObject) -> None:
    made = headers([SECRET], "msg_1", NOW, body)
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    changed = body[:place] + bytes([other]) + body[place + 1 :]
    with pytest.raises(SignatureProblem, match="does not fit"):
        verify(made, changed, [SECRET], NOW)


@given(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.data())
def test_any_changed_character_of_a_header_is_noticed(name: str, data: st.DataObject) -> None:
    made = headers([SECRET], "msg_1", NOW, b"{}")
    place = data.draw(st.integers(0, len(made[name]) - 1))
    letter = data.draw(st.characters().filter(lambda c: c != made[name][place]))
    changed = made[name][:place] + letter + made[name][place + 1 :]
    with pytest.raises(SignatureProblem):
        verify({**made, name: changed}, b"{}", [SECRET], NOW)


def test_two_secrets_are_believed_while_rotating_and_no_third() -> None:
    for secret in (SECRET, OTHER):
        made = headers([secret], "msg_1", NOW, b"{}")
        assert verify(made, b"{}", [SECRET, OTHER], NOW)
    third = "whsec_" + base64.b64encode(b"y" * 32).decode()
    with pytest.raises(SignatureProblem):
        verify(headers([third], "msg_1", NOW, b"{}"), b"{}", [SECRET, OTHER], NOW)


def test_no_secret_believes_nothing() -> None:
    with pytest.raises(SignatureProblem):
        verify(headers([SECRET], "msg_1", NOW, b"{}"), b"{}", [], NOW)


def test_unknown_versions_beside_a_good_one_are_passed_over() -> None:
    made = headers([SECRET], "msg_1", NOW, b"{}")
    many = f"v1a,xyz  v2,abc {made['webhook-signature']}"
    assert verify({**made, "webhook-signature": many}, b"{}", [SECRET], NOW)


def test_skew_names_both_times() -> None:
    sent = datetime.fromtimestamp(VECTORS["now"] - 301, UTC)
    with pytest.raises(SignatureProblem) as caught:
        verify(headers([SECRET], "msg_1", sent, b"{}"), b"{}", [SECRET], NOW)
    assert (caught.value.sent, caught.value.now) == (sent, NOW)


def test_a_wrong_signature_is_not_told_what_the_clock_says() -> None:
    """Skew is told only to who has the secret."""
    sent = datetime.fromtimestamp(VECTORS["now"] - 9999, UTC)
    with pytest.raises(SignatureProblem) as caught:
        verify(headers([OTHER], "msg_1", sent, b"{}"), b"{}", [SECRET], NOW)
    assert caught.value.reason == "mismatch"


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every offered signature is compared with every expected one, found or not."""
    seen: list[tuple[str, str]] = []

    def watched(a: str, b: str) -> bool:
        seen.append((a, b))
        return a == b

    monkeypatch.setattr(signature.hmac, "compare_digest", watched)
    made = headers([SECRET, OTHER], "msg_1", NOW, b"{}")
    verify(made, b"{}", [SECRET, OTHER], NOW)
    assert len(seen) == 4


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_AA==", "MDEy", "whsec_!!!", "whsec_" + "A" * 88, "whsec_é"]
)
def test_a_secret_that_is_none_is_named_as_such(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        secret_bytes(secret)
