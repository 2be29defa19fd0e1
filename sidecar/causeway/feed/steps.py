"""What each milestone of an order says, for the CLI and the operations pages alike."""

from __future__ import annotations

from typing import Any

# Of each milestone its heading, and the sentence that {detail} and {ref} make.
STEPS: dict[str, tuple[str, str]] = {
    "received": ("Received from the shop", "It arrived from the shop."),
    "adopted": ("Taken over", "The back office had it from another connector, as {detail}."),
    "booked": ("Booked in the back office", "The back office booked it as {detail}."),
    "released": ("Handed to the warehouse", "A warehouse was handed request {ref}, as {detail}."),
    "accepted": ("Accepted by the warehouse", "The warehouse accepted request {ref}."),
    "shipped": ("Sent", "Parcel {ref} left under tracking number {detail}."),
    "tracked": ("Can be followed", "Parcel {ref} can be followed as {detail}."),
    "refunded": ("Refund booked", "Refund {ref} was booked: {detail}."),
    "refund_reversed": (
        "Deleted refund taken back",
        "Refund {ref} was deleted; its credit was taken back with {detail}.",
    ),
    "cancelled": ("Cancelled in the back office", "The back office cancelled it."),
    "posted": ("Posted in the books", "Finance posted {ref} as {detail}."),
    "paid": ("Payment recorded", "The back office recorded its payment as {detail}."),
    "invoiced": ("Invoiced", "It was invoiced: {detail}."),
    "credited": ("Credit note written", "A credit note was written: {detail}."),
    "return_requested": ("Return asked for", "Return {ref} was asked for."),
    "return_allowed": ("Return allowed", "Return {ref} was allowed."),
    "return_refused": ("Return not allowed", "Return {ref} was not allowed."),
    "return_awaited": ("Return announced", "Return {ref} is awaited as {detail}."),
    "return_received": ("Return arrived", "Goods of return {ref} arrived."),
    "return_inspected": ("Return looked at", "The goods of return {ref} were looked at."),
    "return_refunded": ("Return refunded", "Return {ref} was refunded."),
}
_NOUNS = {
    **dict.fromkeys(("released", "accepted"), "request"),
    **dict.fromkeys(("shipped", "tracked"), "parcel"),
    **dict.fromkeys(("refunded", "refund"), "refund"),
    "return": "return",
}
_UNTRACKED = "Parcel {ref} left without a tracking number."


def heading(name: str) -> str:
    """A few words; the name itself for a step of a newer version."""
    return STEPS[name][0] if name in STEPS else name.replace("_", " ").capitalize()


def about(step: dict[str, Any]) -> str:
    """Which request, parcel, refund or return the step is about; empty for the order itself."""
    noun, ref = _NOUNS.get(step["name"].partition("_")[0], ""), step["ref"]
    return f"{noun} {ref}" if noun and ref else ""


def sentence(step: dict[str, Any]) -> str:
    """What happened, whole."""
    name, detail = step["name"], step["detail"]
    words = STEPS[name][1] if name in STEPS else "{detail}"
    if name == "shipped" and not detail:
        words = _UNTRACKED
    return words.format(ref=step["ref"], detail=detail)
