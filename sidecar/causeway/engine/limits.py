"""What a connection can bear, and how it is kept by all workers together.

Three limits in one: how many calls at once, how many a second, and a circuit breaker that stops
calling a connection which does not answer. Whoever wants to call takes slots first and settles
each with what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from causeway.connectors.base import ConnectionSettings
from causeway.errors import ConnectorError, CredentialsError, NotYet, RejectedError, RetryableError

# Opens after so many failures one after another, or so large a share of the calls in a window.
FAILURES_IN_A_ROW = 5
WINDOW_SECONDS = 60.0
WINDOW_CALLS = 10
WINDOW_SHARE = 0.5
# How long it stays open: at first, and at most; it doubles with each probe that fails.
FIRST_OPEN_SECONDS = 5.0
LONGEST_OPEN_SECONDS = 600.0
# The longest a connection may ask us to leave it alone.
LONGEST_HOLD_SECONDS = 3600.0
# A killed worker's slots are free again after this long.
SLOT_SECONDS = 30.0

Circuit = Literal["closed", "open", "half_open"]
Why = Literal["", "open", "held", "busy", "rate"]
Result = Literal["answered", "failed", "unused"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """`concurrency` calls at once; `rate` calls a second on average (0: any), `burst` at once."""

    concurrency: int
    rate: float = 0.0
    burst: int = 1

    @classmethod
    def of(cls, settings: ConnectionSettings) -> Bounds:
        return cls(settings.concurrency, settings.rate, settings.burst)

    def careful(self) -> Bounds:
        """Half of it, for a process that cannot see what the others do."""
        return Bounds(max(1, self.concurrency // 2), self.rate / 2, max(1, self.burst // 2))


@dataclass(frozen=True, slots=True)
class Grant:
    """The slots that were given, or why there are none and in how many seconds to ask again."""

    slots: tuple[str, ...] = ()
    why: Why = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a slot: the other side `answered` (whatever it said), `failed` to, or nothing
    was learnt (`unused`). `hold` is for how many seconds it asked to be left alone.
    """

    slot: str
    result: Result
    hold: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection stands. Times are Unix seconds; None where there is nothing to tell.

    `shared` is false where Redis is away and only this process's own view is known.
    """

    circuit: Circuit = "closed"
    open_since: float | None = None
    open_until: float | None = None
    held_until: float | None = None
    under_way: int = 0
    shared: bool = True


class Limits(Protocol):
    """Never raises: where the common state cannot be had, each process is careful by itself."""

    def take(
        self, name: str, bounds: Bounds, ids: Sequence[str], settled: Sequence[Settlement] = ()
    ) -> Grant:
        """Slots for calls to connection `name`, at most one for each of `ids`, named by them.

        `settled` is told first, in the same step, as `settle` does.
        They lapse after SLOT_SECONDS unless renewed. Half open, one slot alone is given.
        """
        ...

    def settle(self, name: str, bounds: Bounds, settled: Sequence[Settlement]) -> None:
        """Give slots back and tell what came of them."""
        ...

    def renew(self, name: str, slots: Sequence[str]) -> None:
        """Keep slots whose calls are still under way."""
        ...

    def standing(self, name: str) -> Standing:
        """How the connection stands now; changes nothing."""
        ...


def settlement(slot: str, error: BaseException | None) -> Settlement:
    """What an attempt tells of its connection: a refusal is an answer, silence a failure."""
    if error is None or isinstance(error, CredentialsError | RejectedError | NotYet):
        return Settlement(slot, "answered")
    if not isinstance(error, ConnectorError):
        return Settlement(slot, "unused")
    if isinstance(error, RetryableError) and (error.retry_after or error.status in (425, 429)):
        return Settlement(slot, "answered", bounded_hold(error.retry_after))
    return Settlement(slot, "failed")


def bounded_hold(asked: float | None) -> float:
    """Seconds a connection is left alone for: never negative, an hour at most."""
    return min(max(asked or 0.0, 0.0), LONGEST_HOLD_SECONDS)


def in_words(standing: Standing) -> str:
    """What a person should know of it; empty when all is well."""
    if standing.circuit == "open":
        return "does not answer; its deliveries wait and are tried again by themselves"
    if standing.circuit == "half_open":
        return "did not answer; the next call shows whether it does again"
    return "asked to be left alone for a while" if standing.held_until is not None else ""
