"""What to do after an attempt, as a decision returned: nothing sleeps here."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from causeway.engine.limits import LONGEST_HOLD_SECONDS
from causeway.errors import CredentialsError, NotYet, RejectedError, RetryableError, UnknownOutcome

# Seconds to wait after the first attempt, the second, …: 75 h 42 min 35 s in all.
SCHEDULE = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 86400)
JITTER = 0.2
# Whoever asks for more is asked again after this long, as the whole connection is.
LONGEST = LONGEST_HOLD_SECONDS


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry` in `delay` seconds, `look_up` first and then retry, `park` for a person, `pause`
    the whole connection, or `postpone` as it stands. `counts` says whether an attempt of the
    schedule is used up.
    """

    action: Literal["retry", "look_up", "park", "pause", "postpone"]
    reason: str
    delay: float = 0.0
    counts: bool = True


def after(error: BaseException, attempts: int, uncertain: bool, rng: random.Random) -> Verdict:
    """What `error` means for a delivery that was attempted `attempts` times before this one.

    `uncertain` says an earlier attempt may have worked; that stays so until a look-up succeeds.
    """
    if isinstance(error, CredentialsError):
        # Nothing went wrong with this delivery; it goes on when the connection does.
        return Verdict("pause", error.reason, delay=0.0, counts=False)
    if isinstance(error, NotYet):
        return Verdict("postpone", error.reason, min(error.again, LONGEST), counts=False)
    if not isinstance(error, RetryableError | UnknownOutcome):
        inside = f"an error inside Causeway ({type(error).__name__})"
        return Verdict("park", error.reason if isinstance(error, RejectedError) else inside)
    if attempts >= len(SCHEDULE):
        return Verdict("park", f"tried {attempts + 1} times: {error.reason}")
    wait = SCHEDULE[attempts] * (1 + JITTER * (2 * rng.random() - 1))
    if isinstance(error, RetryableError):
        asked = min(max(error.retry_after or 0.0, 0.0), LONGEST)
        return Verdict("look_up" if uncertain else "retry", error.reason, max(wait, asked))
    return Verdict("look_up", error.reason, wait)
