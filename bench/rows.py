"""What a measure reports: rows, each with its bar and the machine's own limits."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Sense = Literal[">=", "<="]
Verdict = Literal["ok", "missed", "none", "failed"]
_HOLDS = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Limit:
    """What the machine does at most, or at least needs, for the bare core of the measured thing.

    In the unit of its row, taken in the same run. `value` is None where it could not be taken.
    """

    what: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """What must be reached, in the unit of its row."""

    sense: Sense
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. `failure` says why it counts for nothing, `note` how it was taken."""

    name: str
    value: float | None
    unit: str
    limits: tuple[Limit, ...] = ()
    bar: Bar | None = None
    note: str = ""
    failure: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.failure or self.value is None:
            return "failed"
        if self.bar is None:
            return "none"
        return "ok" if _HOLDS[self.bar.sense](self.value, self.bar.value) else "missed"

    def ratio(self, limit: Limit) -> float | None:
        """The value as a multiple of the limit; None where there is nothing to divide by."""
        return self.value / limit.value if self.value is not None and limit.value else None

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "limits": [
                {"what": limit.what, "value": limit.value, "ratio": self.ratio(limit)}
                for limit in self.limits
            ],
            "bar": {"sense": self.bar.sense, "value": self.bar.value} if self.bar else None,
            "verdict": self.verdict,
            "note": self.note,
            "failure": self.failure,
        }


def exit_code(rows: Sequence[Row], check: bool) -> int:
    """1 where a measure failed, and with `check` also where a bar is missed."""
    bad: set[Verdict] = {"failed", "missed"} if check else {"failed"}
    return 1 if any(row.verdict in bad for row in rows) else 0
