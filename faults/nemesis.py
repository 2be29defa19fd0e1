"""The nemesis: harms drawn by chance, one upon the other, repeatable by their seed."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from faults import play
from faults.orders import order
from faults.play import Result
from faults.world import STORE, Setup, World, world

# A harm and how it is undone: called with the world and the process or nothing.
Harm = Callable[[World, float], None]
PER_SECOND = 8.0
QUIET_SECONDS = 400.0
SHORTEST, LONGEST = 0.5, 6.0
GAPS = (0.5, 5.0)


@dataclass(frozen=True, slots=True)
class Strike:
    """At `at` seconds from the start, `harm` for `seconds`."""

    at: float
    harm: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:7.1f} s  {self.harm}  for {self.seconds:.1f} s"


def schedule(seconds: float, seed: int, ledger: str) -> list[Strike]:
    """What will be done when: the same for the same seed, length and ledger."""
    dice = random.Random(f"{seed}:{ledger}")
    names = [name for name in HARMS if ledger == "postgresql" or not name.startswith("postgres")]
    at, found = dice.uniform(*GAPS), []
    while at < seconds:
        found.append(Strike(at, dice.choice(names), dice.uniform(SHORTEST, LONGEST)))
        at += dice.uniform(*GAPS)
    return found


def run(ledger: str, seconds: float, seed: int) -> Result:
    """Orders come in all the time; at the end everything is mended and counted."""
    strikes = schedule(seconds, seed, ledger)
    print(f"nemesis on {ledger}, seed {seed}: {len(strikes)} strikes", file=sys.stderr)
    for strike in strikes:
        print(strike, file=sys.stderr, flush=True)
    began = time.monotonic()
    with world(Setup(ledger=ledger), seed) as here:
        stopping = threading.Event()
        traffic = threading.Thread(target=_traffic, args=(here, stopping), daemon=True)
        traffic.start()
        done = _strike_all(here, strikes)
        stopping.set()
        traffic.join()
        _mend(here)
        healed = time.monotonic()
        here.notes.append(f"seed {seed}, {done} of {len(strikes)} strikes done")
        last, quiet = play.wait_for_quiet(here, QUIET_SECONDS)
        return play.judge(f"nemesis seed {seed}", here, quiet, max(last - healed, 0.0), began)


def _traffic(here: World, stopping: threading.Event) -> None:
    number = play.FIRST_NUMBER
    while not stopping.wait(1 / PER_SECOND):
        here.shop.put([order(STORE, number)])
        number += 1


def _strike_all(here: World, strikes: list[Strike]) -> int:
    """Each in a thread of its own, for they overlap; how many could be done."""
    done: list[str] = []

    def one(strike: Strike) -> None:
        try:
            HARMS[strike.harm](here, strike.seconds)
            done.append(strike.harm)
        except Exception as error:  # noqa: BLE001 - what it meant to harm may be down already
            print(f"  {strike.harm}: {type(error).__name__}", file=sys.stderr)

    began, threads = time.monotonic(), []
    for strike in strikes:
        time.sleep(max(began + strike.at - time.monotonic(), 0.0))
        thread = threading.Thread(target=one, args=(strike,), name=strike.harm, daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(120)
    return len(done)


def _mend(here: World) -> None:
    """Whatever is still broken is made whole."""
    here.points.disarm()
    here.points.shift_clock(0)
    for process in here.processes.values():
        if process.alive:
            process.signal(signal.SIGCONT)
        elif not process.wanted:
            process.start()
    here.until("Redis answers", lambda: _ping(here))
    here.redis.config_set("maxmemory", 0)
    here.until("the back office answers", lambda: _heal(here))
    here.wait_ready()


def _ping(here: World) -> bool:
    from redis.exceptions import RedisError

    try:
        return bool(here.redis.ping())
    except RedisError:
        return False


def _heal(here: World) -> bool:
    from faults.errors import HarmFailed

    try:
        here.sandbox.heal()
    except HarmFailed:
        return True  # the last fault met nobody
    except OSError:
        return False
    return True


def _kill(name: str) -> Harm:
    return lambda here, seconds: here.processes[name].kill()


def _freeze(name: str) -> Harm:
    def freeze(here: World, seconds: float) -> None:
        here.processes[name].signal(signal.SIGSTOP)
        time.sleep(seconds)
        here.processes[name].signal(signal.SIGCONT)

    return freeze


def _away(name: str) -> Harm:
    def away(here: World, seconds: float) -> None:
        here.processes[name].down()
        time.sleep(seconds)
        here.processes[name].start()

    return away


def _fault(kind: str, **more: object) -> Harm:
    def fault(here: World, seconds: float) -> None:
        number = here.sandbox.harm(kind, "*", "POST", probability=0.4, **more)
        time.sleep(seconds)
        here.sandbox.remove(number)

    return fault


def _die(point: str) -> Harm:
    def die(here: World, seconds: float) -> None:
        here.points.arm(point, "die")

    return die


def _flush(here: World, seconds: float) -> None:
    here.redis.flushall()


def _full(here: World, seconds: float) -> None:
    here.redis.config_set("maxmemory", 1)
    time.sleep(seconds)
    here.redis.config_set("maxmemory", 0)


def _clock(here: World, seconds: float) -> None:
    here.points.shift_clock(-20.0)
    time.sleep(seconds)
    here.points.shift_clock(0)


def _restart_postgres(here: World, seconds: float) -> None:
    assert here.postgres is not None
    here.postgres.restart()


def _terminate(here: World, seconds: float) -> None:
    assert here.postgres is not None
    here.postgres.terminate_connections()


HARMS: dict[str, Harm] = {
    **{f"kill {n}": _kill(n) for n in ("redis", "sandbox", "web", "pump", "orders-1", "orders-2")},
    **{f"freeze {n}": _freeze(n) for n in ("redis", "web", "pump", "orders-1", "orders-2", "bulk")},
    **{f"no {n}": _away(n) for n in ("redis", "sandbox", "pump", "orders-1")},
    **{
        f"die at {point}": _die(point)
        for point in ("call-before", "call-after", "commit-before", "commit-after")
    },
    "flush redis": _flush,
    "redis full": _full,
    "drop after the work": _fault("drop_after"),
    "drop before the work": _fault("drop_before"),
    "answer 500 after the work": _fault("status_after", status=500),
    "answer 503": _fault("status", status=503, retry_after="1"),
    "answer byte by byte": _fault("trickle", seconds=2),
    "answer half": _fault("truncated"),
    "clock 20 s back": _clock,
    "postgres restarted": _restart_postgres,
    "postgres connections ended": _terminate,
}
