"""How systems sign their webhooks: only the right secret over the right bytes is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from causeway.connectors.signing import hmac_sha256, shared_secret
from causeway.errors import CredentialsError

KEY = "a-secret-of-the-other-side"


def headers(value: str, name: str = "x-signature") -> CaseInsensitiveDict[str]:
    return CaseInsensitiveDict({name: value})


@given(st.binary(max_size=200))
def test_what_was_signed_is_believed_in_both_encodings(body: bytes) -> None:
    digest = hmac.new(KEY.encode(), body, hashlib.sha256)
    hmac_sha256(headers(digest.hexdigest().upper()), "X-Signature", KEY, body, "hex")
    hmac_sha256(headers(base64.b64encode(digest.digest()).decode()), "X-Signature", KEY, body)
    hmac_sha256(headers("sha256=" + digest.hexdigest()), "X-Signature", KEY, body, "hex", "sha256=")
    shared_secret(headers(KEY), "X-Signature", KEY)


@given(st.text(max_size=80), st.binary(max_size=20))
def test_nothing_else_is_and_nothing_else_is_raised(sent: str, body: bytes) -> None:
    with pytest.raises(CredentialsError):
        hmac_sha256(headers(sent), "X-Signature", KEY, body)
    with pytest.raises(CredentialsError):
        shared_secret(headers(sent), "X-Signature", KEY)


@given(st.text(max_size=8))
def test_an_empty_secret_admits_nobody(sent: str) -> None:
    digest = base64.b64encode(hmac.new(b"", b"", hashlib.sha256).digest()).decode()
    for value in (sent, digest):
        with pytest.raises(CredentialsError):
            hmac_sha256(headers(value), "X-Signature", "", b"")
        with pytest.raises(CredentialsError):
            shared_secret(headers(value), "X-Signature", "")
