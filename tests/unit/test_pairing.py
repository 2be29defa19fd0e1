"""Pairing codes: copied whole or refused in words."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.wire.pairing import Pairing, decode, encode
from tests.contract.signing import text_of
from tests.world import CONTRACT, SECRET

CODES = json.loads((CONTRACT / "pairing.json").read_text(encoding="utf-8"))


def about(case: dict[str, Any]) -> str:
    return str(case.get("about", case.get("store")))


@pytest.mark.parametrize("case", CODES["good"], ids=about)
def test_a_golden_code_says_address_store_and_secret(case: dict[str, Any]) -> None:
    pairing = Pairing(case["url"], case["store"], case["secret"])
    assert decode(case["code"]) == pairing
    assert encode(pairing) == case["code"]


@pytest.mark.parametrize("case", CODES["also_read"], ids=about)
def test_what_copying_adds_is_forgiven(case: dict[str, Any]) -> None:
    assert decode(case["code"]).store == case["store"]


@pytest.mark.parametrize("case", CODES["bad"], ids=about)
def test_a_broken_code_is_refused_in_words(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="pairing code"):
        decode(text_of(case["code"]))


@given(st.text(max_size=60))
def test_whatever_is_pasted_is_a_code_or_a_sentence(text: str) -> None:
    for code in (text, "causeway1." + text):
        with pytest.raises(ValueError, match="pairing code"):
            decode(code)


@given(st.binary(min_size=24, max_size=64), st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True))
def test_any_store_and_secret_come_back_as_they_were(key: bytes, store: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    pairing = Pairing("https://sidecar.example:8443/way", store, secret)
    assert decode(encode(pairing)) == pairing


@given(st.integers(11, 60))
def test_a_code_without_its_end_is_not_read(missing: int) -> None:
    code = encode(Pairing("http://127.0.0.1:8080", "berlin", SECRET))
    with pytest.raises(ValueError, match="copy it again"):
        decode(code[:-missing])


def test_a_pairing_does_not_print_its_secret() -> None:
    assert "MDEy" not in repr(Pairing("http://127.0.0.1:8080", "berlin", SECRET))
