"""The names of a store's cursors. Light: workers load it, and no web framework with it."""

from __future__ import annotations


def ack_name(store: str) -> str:
    """The cursor that says up to which update the store has acknowledged."""
    return f"store:{store}:updates"


def poked_name(store: str) -> str:
    """The cursor that says up to which update the store was poked."""
    return f"store:{store}:poked"
