"""What a described system can do: the operations there are, and what a role needs of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from causeway.connectors.base import Capabilities, DocumentKind, Role

ROLES: tuple[Role, ...] = ("erp", "fulfilment", "finance", "pos")
# Each operation that writes → the kind of document it makes.
WRITES: Mapping[str, DocumentKind] = {
    "book_order": "order",
    "book_refund": "refund",
    "update_order": "order",
    "cancel_order": "cancellation",
    "cancel_lines": "cancellation",
    "request_fulfilment": "request",
    "cancel_request": "cancellation",
    "reverse_refund": "cancellation",
    "book_return": "return",
    "book_payment": "payment",
    "post_journal": "journal",
}
# Those that make a new document; the others change one that is there.
CREATES = tuple(
    name for name, kind in WRITES.items() if kind != "cancellation" and name != "update_order"
)
_CANCELS: Mapping[Role, str] = {"erp": "cancel_order", "fulfilment": "cancel_request"}
_NEEDS: Mapping[Role, tuple[tuple[str, str], ...]] = {
    "erp": (("book_order", "no order can be booked"),),
    "fulfilment": (
        ("request_fulfilment", "nothing can be sent"),
        ("shipments", "nobody hears what was sent"),
    ),
    "finance": (("post_journal", "nothing can be posted"),),
    "pos": (("movements", "what it sells is not known"),),
}


def capabilities(
    roles: Sequence[Role],
    writes: Collection[str],
    feeds: Collection[str],
    *,
    unique_key: bool,
    max_key_length: int,
) -> Capabilities:
    """What flows may ask of it, in all of its roles."""
    cancels = [_CANCELS[role] for role in roles if role in _CANCELS]
    return Capabilities(
        unique_key=unique_key,
        shipments="shipments" in feeds,
        stock="stock" in feeds,
        prices="prices" in feeds,
        cancel=bool(cancels) and all(name in writes for name in cancels),
        cancel_lines="cancel_lines" in writes,
        update="update_order" in writes,
        returns="book_return" in writes,
        payments="book_payment" in writes,
        journal="post_journal" in writes,
        invoices="invoices" in feeds,
        remote_refunds="refunds" in feeds,
        reverse_refunds="reverse_refund" in writes,
        answers="answers" in feeds,
        max_key_length=max_key_length,
    )


def lacking(roles: Sequence[Role], described: Collection[str]) -> tuple[str, ...]:
    """What is missing for the roles, a sentence each."""
    return tuple(
        f"{name} is not described, so {what}; a connection in the role {role} needs it"
        for role in roles
        for name, what in _NEEDS[role]
        if name not in described
    )


def in_words(roles: Sequence[Role], described: Collection[str]) -> str:
    """What is described, and what its role needs now and then that is not."""
    words = f"Described: {', '.join(sorted(described))}."
    if "erp" in roles and "book_refund" not in described:
        words += " book_refund is not described: each refund becomes a case."
    return words
