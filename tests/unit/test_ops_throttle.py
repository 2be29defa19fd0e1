from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from causeway.ops.throttle import MOST_OVERALL, MOST_PER_ADDRESS, WINDOW_SECONDS, Throttle


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_the_eleventh_guess_from_one_address_within_a_minute_must_wait() -> None:
    throttle = Throttle(Clock())
    assert [throttle.take("a") for _ in range(MOST_PER_ADDRESS)] == [0] * MOST_PER_ADDRESS
    assert throttle.take("a") == WINDOW_SECONDS
    assert throttle.take("b") == 0


def test_after_the_time_named_a_guess_is_judged_again() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(MOST_PER_ADDRESS):
        throttle.take("a")
        clock.at += 1
    clock.at += throttle.take("a")
    assert throttle.take("a") == 0


def test_a_guess_that_had_to_wait_does_not_make_the_wait_longer() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(MOST_PER_ADDRESS + 50):
        throttle.take("a")
    clock.at += WINDOW_SECONDS
    assert throttle.take("a") == 0


def test_many_addresses_together_are_slowed_down_too() -> None:
    throttle = Throttle(Clock())
    taken = [throttle.take(f"address {n}") for n in range(MOST_OVERALL + 1)]
    assert taken[:-1] == [0] * MOST_OVERALL
    assert taken[-1] > 0


def test_the_right_password_clears_what_went_before_from_its_address_alone() -> None:
    throttle = Throttle(Clock())
    for _ in range(MOST_PER_ADDRESS):
        throttle.take("a")
        throttle.take("b")
    throttle.forgive("a")
    assert throttle.take("a") == 0
    assert throttle.take("b") > 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 90)), max_size=200))
def test_no_minute_judges_more_guesses_of_one_address_than_allowed(
    guesses: list[tuple[str, float]],
) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    judged: list[tuple[str, float]] = []
    for address, pause in guesses:
        clock.at += pause / 10
        if throttle.take(address) == 0:
            judged.append((address, clock.at))
    for address, at in judged:
        window = [t for whose, t in judged if whose == address and at - WINDOW_SECONDS < t <= at]
        assert len(window) <= MOST_PER_ADDRESS
