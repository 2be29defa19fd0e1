"""The order's panel has a word, and so a German one, for all the sidecar can say of an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from causeway.engine.operations import OPERATIONS
from causeway.feed.steps import STEPS
from causeway.flows.state import Financial, FulfilmentStatus, Phase, ReturnStatus
from causeway.ledger.states import DeliveryState

PLUGIN = Path(__file__).parents[2] / "wp-plugin" / "src" / "Admin"
FLOWS = Path(__file__).parents[2] / "sidecar" / "causeway" / "flows"
METHOD = r"public static function {}\(.*?\n\t}}\n"


def known(method: str) -> set[str]:
    """The keys of the table in one method of Words."""
    source = (PLUGIN / "Words.php").read_text()
    body = re.search(METHOD.format(method), source, re.DOTALL)
    assert body is not None, f"Words::{method} is not there"
    return set(re.findall(r"^\t\t\t'(\w+)'\s*=> ", body[0], re.MULTILINE))


def words(states: type[StrEnum]) -> set[str]:
    return {state.value for state in states}


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("state", words(Phase) | {"not_understood"}),
        ("financial", words(Financial)),
        ("fulfilment", words(FulfilmentStatus) | {"none"}),
        ("delivery", words(DeliveryState)),
        ("goods_back", words(ReturnStatus)),
        ("milestone", STEPS),
        ("operation", OPERATIONS),
    ],
)
def test_nothing_the_sidecar_says_is_without_a_word(method: str, said: Iterable[str]) -> None:
    assert sorted(set(said) - known(method)) == []


def test_the_flows_make_no_milestone_that_nobody_can_tell() -> None:
    made = {
        name
        for path in FLOWS.glob("*.py")
        for name in re.findall(r'\bStep\(\s*"(\w+)"', path.read_text())
    }
    assert len(made) > 10
    assert sorted(made - set(STEPS)) == []
