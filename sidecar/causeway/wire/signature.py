"""Standard Webhooks signatures, made and verified on raw bytes.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
A message that has no body signs its request line ("GET /v1/catalog?after=7") instead; an answer
that has none signs its status ("304").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
STORE_HEADER = "causeway-store"

Reason = Literal["missing", "malformed", "mismatch", "skew"]
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_LONGEST_HEADER = 2048
_MOST_SIGNATURES = 8
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = range(24, 65)


class Headers(Protocol):
    """A request's headers, found whatever their letters' case."""

    def get(self, key: str, /) -> str | None: ...


class SignatureProblem(Exception):
    """Why a message is not believed. `header` is the one to mend; `skew` has both times."""

    def __init__(
        self,
        reason: Reason,
        header: str,
        detail: str,
        sent: datetime | None = None,
        now: datetime | None = None,
    ) -> None:
        self.reason = reason
        self.header = header
        self.detail = detail
        self.sent = sent
        self.now = now
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified message said of itself."""

    id: str
    sent_at: datetime


def secret_bytes(secret: str) -> bytes:
    """The key in a `whsec_…` secret. Raises ValueError unless it is base64 of 24 to 64 bytes."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret begins with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:  # binascii.Error is one; letters beyond ASCII raise another
        raise ValueError("a secret is base64 after its prefix") from error
    if len(key) not in SECRET_BYTES:
        raise ValueError("a secret holds 24 to 64 bytes")
    return key


def sign(secret: str, message_id: str, timestamp: int, payload: bytes) -> str:
    """The signature `v1,…` of a payload; `timestamp` is in Unix seconds."""
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, payload)
    digest = hmac.new(secret_bytes(secret), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(
    secrets: Sequence[str], message_id: str, now: datetime, payload: bytes
) -> dict[str, str]:
    """The three headers of a message, signed with every secret given (two while rotating)."""
    timestamp = int(now.timestamp())
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(sign(s, message_id, timestamp, payload) for s in secrets),
    }


def verify(
    given: Headers,
    payload: bytes,
    secrets: Sequence[str],
    now: datetime,
    tolerance_seconds: int = 300,
) -> Signed:
    """Believe a message signed with any of `secrets` not longer than the tolerance ago, or ahead.

    Raises SignatureProblem, and nothing else, whatever the headers hold. The time is judged only
    after the signature, so that a clock can be named as the trouble.
    """
    message_id = _header(given, ID_HEADER)
    if not _ID.fullmatch(message_id):
        raise SignatureProblem("malformed", ID_HEADER, "is 1 to 128 letters, digits, _ or -")
    stamp = _header(given, TIMESTAMP_HEADER)
    if not _TIMESTAMP.fullmatch(stamp):
        raise SignatureProblem("malformed", TIMESTAMP_HEADER, "is a time in Unix seconds")
    offered = _signatures(_header(given, SIGNATURE_HEADER))
    timestamp = int(stamp)
    expected = [sign(secret, message_id, timestamp, payload) for secret in secrets]
    matches = [hmac.compare_digest(a, b) for a in offered for b in expected]
    if not any(matches):
        raise SignatureProblem("mismatch", SIGNATURE_HEADER, "does not fit the message")
    sent = datetime.fromtimestamp(timestamp, UTC)
    if abs((now - sent).total_seconds()) > tolerance_seconds:
        raise SignatureProblem("skew", TIMESTAMP_HEADER, "is too far from our clock", sent, now)
    return Signed(message_id, sent)


def _header(given: Headers, name: str) -> str:
    value = given.get(name)
    if not value:
        raise SignatureProblem("missing", name, "is missing")
    if len(value) > _LONGEST_HEADER or not value.isascii():
        raise SignatureProblem("malformed", name, "is too long or not ASCII")
    return value


def _signatures(value: str) -> list[str]:
    """The `v1` signatures of a list; versions we do not know are passed over, as the spec says."""
    parts = value.split(" ")[:_MOST_SIGNATURES]
    found = [part for part in parts if part.startswith("v1,")]
    if not found:
        raise SignatureProblem("malformed", SIGNATURE_HEADER, "has no signature of version v1")
    return found
