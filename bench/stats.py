"""Percentiles of a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(sample: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the sample does not exceed (nearest rank).

    Always a value that was measured. Raises ValueError for an empty sample or a share outside 0…1.
    """
    if not sample:
        raise ValueError("an empty sample has no percentiles")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    return sorted(sample)[max(math.ceil(share * len(sample)), 1) - 1]
