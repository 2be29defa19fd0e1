"""Refunds that a shop made because it was told to: known again by the key of what told it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import get_args

from causeway.canonical import Order
from causeway.canonical.returns import Disposition
from causeway.flows.state import OrderState

_HASH_LETTERS = 64


def recognised(state: OrderState, order: Order) -> Order:
    """The order with the origin of each echo as the key that it was told under.

    The plugin writes the SHA-256 of the key on the refund (`Feed/Applier.php`): a key may be
    longer than a column of the shop's.
    """
    if not any(len(refund.origin) == _HASH_LETTERS for refund in order.refunds):
        return order
    told = {sha256(key.encode()).hexdigest(): key for key in _told(state)}
    refunds = tuple(replace(r, origin=told.get(r.origin, r.origin)) for r in order.refunds)
    return replace(order, refunds=refunds)


def _told(state: OrderState) -> Iterator[str]:
    """The keys of all refunds that the shop was told to make."""
    prefix = f"{state.order.store}:{state.order.id}:refund"
    for ref in state.refunds_there:
        yield f"{prefix}:{ref}"
    for back in state.returns:
        for disposition in get_args(Disposition):
            yield f"{prefix}:return:{back.id}.{disposition}"
