"""What follows an attempt, as a decision."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.engine.retry import JITTER, LONGEST, SCHEDULE, after
from causeway.errors import (
    CredentialsError,
    MappingMissing,
    NotYet,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)

RANDOM = st.randoms(use_true_random=False)
ATTEMPTS = st.integers(0, len(SCHEDULE) - 1)


def test_the_schedule_lasts_about_76_hours() -> None:
    assert sum(SCHEDULE) == (75 * 60 + 42) * 60 + 35
    assert list(SCHEDULE) == sorted(SCHEDULE)


@given(ATTEMPTS, RANDOM)
def test_waiting_follows_the_schedule_within_its_jitter(attempts: int, rng: random.Random) -> None:
    verdict = after(RetryableError("busy"), attempts, uncertain=False, rng=rng)
    assert verdict.action == "retry"
    low, high = SCHEDULE[attempts] * (1 - JITTER), SCHEDULE[attempts] * (1 + JITTER)
    assert low <= verdict.delay <= high


@given(ATTEMPTS, RANDOM, st.floats(0, 1e12))
def test_retry_after_is_obeyed_up_to_its_bound(
    attempts: int, rng: random.Random, asked: float
) -> None:
    verdict = after(RetryableError("busy", retry_after=asked), attempts, uncertain=False, rng=rng)
    assert verdict.delay >= min(asked, LONGEST)
    assert verdict.delay <= max(LONGEST, SCHEDULE[attempts] * (1 + JITTER))


@given(ATTEMPTS, RANDOM, st.floats(max_value=0))
def test_retry_after_cannot_shorten_the_wait(
    attempts: int, rng: random.Random, asked: float
) -> None:
    verdict = after(RetryableError("busy", retry_after=asked), attempts, uncertain=False, rng=rng)
    assert verdict.delay >= SCHEDULE[attempts] * (1 - JITTER)


@given(ATTEMPTS, RANDOM)
def test_an_unknown_outcome_is_looked_up_and_stays_so(attempts: int, rng: random.Random) -> None:
    assert after(UnknownOutcome("gone"), attempts, uncertain=False, rng=rng).action == "look_up"
    assert after(RetryableError("busy"), attempts, uncertain=True, rng=rng).action == "look_up"


@given(st.integers(len(SCHEDULE), 1000), RANDOM)
def test_after_the_schedule_it_is_parked_with_the_last_reason(
    attempts: int, rng: random.Random
) -> None:
    for error in (RetryableError("busy"), UnknownOutcome("busy")):
        verdict = after(error, attempts, uncertain=False, rng=rng)
        assert verdict.action == "park"
        assert verdict.reason == f"tried {attempts + 1} times: busy"


@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("error", [RejectedError("no such item"), MappingMissing("tax", "DE-19")])
def test_a_refusal_is_parked_at_once_in_their_words(error: RejectedError, uncertain: bool) -> None:
    verdict = after(error, 0, uncertain, random.Random(1))
    assert (verdict.action, verdict.reason) == ("park", error.reason)


def test_wrong_credentials_pause_and_burn_no_attempt() -> None:
    verdict = after(CredentialsError("401"), 99, uncertain=False, rng=random.Random(1))
    assert (verdict.action, verdict.counts) == ("pause", False)


def test_an_error_of_our_own_is_parked_without_its_text() -> None:
    verdict = after(KeyError("Erika Mustermann"), 0, uncertain=False, rng=random.Random(1))
    assert verdict.action == "park"
    assert "Erika" not in verdict.reason


@given(st.integers(0, 1000), st.booleans(), RANDOM, st.floats(0, 1e9))
def test_waiting_for_their_word_uses_up_no_attempt_however_long(
    attempts: int, uncertain: bool, rng: random.Random, again: float
) -> None:
    verdict = after(NotYet("not acknowledged", again=again), attempts, uncertain, rng)
    assert (verdict.action, verdict.counts) == ("postpone", False)
    assert verdict.delay == min(again, LONGEST)
