"""What a system cannot do is said at set-up, with what happens then; nothing is left unsaid."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from causeway.connectors import registry
from causeway.connectors.base import Capabilities, Role
from causeway.connectors.memory import MemoryConnector
from causeway.flows.abilities import LACKS, consequences
from causeway.flows.scene import Side

EVERYTHING = Capabilities(**{f.name: True for f in fields(Capabilities) if f.type == "bool"})
NOTHING = Capabilities()


def a_side(name: str, can: Capabilities, *roles: Role) -> Side:
    return Side(name, roles or ("erp",), can)


def test_every_capability_there_is_has_words_for_its_lack() -> None:
    flags = {f.name for f in fields(Capabilities) if f.type == "bool"}
    assert {lack.capability for lack in LACKS} == flags


def test_who_can_do_it_all_is_told_nothing() -> None:
    assert consequences(a_side("it", EVERYTHING, "erp", "fulfilment", "finance", "pos"), ()) == ()


@pytest.mark.parametrize("lack", LACKS, ids=lambda lack: f"{lack.capability}-{lack.roles[0]}")
def test_each_lack_is_told_to_those_it_concerns_alone(lack: object) -> None:
    without = replace(EVERYTHING, **{lack.capability: False})  # type: ignore[attr-defined]
    for role in ("erp", "fulfilment", "finance", "pos"):
        told = consequences(a_side("it", without, role), ())  # type: ignore[arg-type]
        concerned = [x for x in LACKS if x.capability == lack.capability and role in x.roles]  # type: ignore[attr-defined]
        assert told == tuple(f"{x.cannot}: {x.instead}" for x in concerned)


def test_what_another_connection_does_is_no_loss() -> None:
    erp = a_side("erp", replace(EVERYTHING, shipments=False))
    (told,) = consequences(erp, (erp, a_side("house", EVERYTHING, "fulfilment")))
    assert told == "It does not say what has left the house: house does."
    (alone,) = consequences(erp, (erp, a_side("house", NOTHING, "fulfilment")))
    assert "complete such an order in the shop by hand" in alone


@pytest.mark.parametrize("kind", sorted(registry.KINDS))
def test_every_connector_of_ours_has_sentences_that_say_what_it_lacks(kind: str) -> None:
    registry.load(kind)
    can = _capabilities_of(kind)
    told = consequences(Side(kind, registry.roles(kind), can), ())
    for sentence in told:
        cannot, _, instead = sentence.partition(": ")
        assert cannot.startswith("It ")
        assert instead.endswith(".")
    lacking = {x.capability for x in LACKS if set(x.roles) & set(registry.roles(kind))
               and not getattr(can, x.capability)}  # fmt: skip
    assert bool(told) is bool(lacking)


def _capabilities_of(kind: str) -> Capabilities:
    """As the class of the kind claims them; the generic kinds work theirs out of their options."""
    from importlib import import_module

    module = import_module(registry.KINDS[kind].connector)
    for thing in vars(module).values():
        if getattr(thing, "kind", None) == kind and isinstance(
            getattr(thing, "capabilities", None), Capabilities
        ):
            found: Capabilities = thing.capabilities
            return found
    return NOTHING


def test_the_double_claims_what_it_does() -> None:
    told = consequences(a_side("office", MemoryConnector.capabilities, "erp"), ())
    assert any("becomes a case" in sentence for sentence in told)
