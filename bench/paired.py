"""The difference between two ways, measured in pairs, and how sure it is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RESAMPLES = 2000
TAIL = 0.025
SEED = 20261120
"""Resampling is by chance, the same chance each time: the same pairs give the same interval."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The median of the differences, and where it lies 95 times in 100 (bootstrap, percentiles)."""

    median: float
    low: float
    high: float
    pairs: int

    @property
    def margin(self) -> float:
        """Half of the interval: what chance alone does to the median."""
        return (self.high - self.low) / 2

    def text(self, unit: str) -> str:
        return (f"{self.median:+.2f} {unit} (95 %: {self.low:+.2f} to {self.high:+.2f}) "
                f"in {self.pairs} pairs")  # fmt: skip


def difference(one: Sequence[float], other: Sequence[float]) -> Difference:
    """What `one` has more than `other`, pair by pair, in their unit.

    Raises ValueError where there are no pairs, or one of a pair is missing.
    """
    differences = [first - second for first, second in zip(one, other, strict=True)]
    if not differences:
        raise ValueError("no pairs, no difference")
    chance = random.Random(SEED)
    found = sorted(
        median(chance.choices(differences, k=len(differences))) for _ in range(RESAMPLES)
    )
    cut = int(RESAMPLES * TAIL)
    return Difference(median(differences), found[cut], found[-cut - 1], len(differences))
