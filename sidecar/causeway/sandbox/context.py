"""The parts of a running sandbox, as its handlers get them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from causeway.sandbox.books import Books
from causeway.sandbox.clock import Clock
from causeway.sandbox.faults import Faults
from causeway.sandbox.wire import Refusal, Reply, Request


@dataclass(slots=True)
class Sandbox:
    """`accept_after` and `ship_after` are seconds of sandbox time after a request came.

    With `strict_items` an unknown SKU is refused; without, it is learned. A `forgetful` one makes a
    second document under a reference that was used before. `address` is where this
    sandbox is reached, once that is known.
    """

    books: Books
    clock: Clock
    faults: Faults
    token: str
    accept_after: float
    ship_after: float
    strict_items: bool
    forgetful: bool = False
    address: str = "http://127.0.0.1"


Handler = Callable[..., Reply]


def page_limit(request: Request, default: int = 200, most: int = 1000) -> int:
    """How many rows a page may have: `limit`, from 1 to 1,000, 200 when not given."""
    text = request.query.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most):
        raise Refusal(400, "invalid", f"must be a whole number from 1 to {most}", "limit")
    return int(text)
