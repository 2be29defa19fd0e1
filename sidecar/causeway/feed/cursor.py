"""The cursor and the limit of a request, read from its address."""

from __future__ import annotations

from flask import Request

from causeway.wire.problems import Problem, ProblemError


def cursor_of(incoming: Request) -> int:
    """`after`: where the reader stands, 0 at the beginning. Raises ProblemError."""
    return _number(incoming, "after", 0, 0, 2**63 - 1)


def number_of(incoming: Request, name: str) -> int:
    """A cursor under another name; 0 when it is not given. Raises ProblemError."""
    return _number(incoming, name, 0, 0, 2**63 - 1)


def limit_of(incoming: Request, default: int, most: int) -> int:
    """`limit`: how many rows at most. Raises ProblemError outside 1 to `most`."""
    return _number(incoming, "limit", default, 1, most)


def _number(incoming: Request, name: str, default: int, low: int, high: int) -> int:
    text = incoming.args.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high:
        return int(text)
    raise ProblemError(
        Problem(
            "invalid",
            f"“{name}” must be a whole number from {low} to {high}.",
            "Use the cursor of the page before, as it was given; leave it out to begin anew."
            if name in ("after", "applied")
            else f"Ask for {high} at most.",
            field=name,
        )
    )
