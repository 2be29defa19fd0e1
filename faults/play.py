"""Playing one scenario: orders come in, harm is done, and when all rests the books are counted."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass, field

from faults import oracle
from faults.errors import HarmFailed, LeftOut
from faults.oracle import Count
from faults.orders import order
from faults.scenario import Scenario
from faults.world import STORE, Setup, World, world

TRAFFIC_SECONDS = 12.0
LEAST_PER_SECOND = 2.0
MOST_PER_SECOND = 40.0
LOOK_SECONDS = 0.3
STILL_SECONDS = 1.5
FIRST_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """`state`: ok, FAILED, left out, pending. `seconds`: from the end of the harm to the last
    effect (0 when that had come before); `notes` and `problems` are sentences.
    """

    name: str
    ledger: str
    state: str
    count: Count = field(default_factory=lambda: Count(0, 0, 0, 0, 0))
    cases: int = 0
    seconds: float = 0.0
    took: float = 0.0
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def play(chosen: Scenario, ledger: str, orders: int, seed: int) -> Result:
    """Never raises for what the scenario finds; a harm that could not be done is a failure."""
    began = time.monotonic()
    try:
        if chosen.pending:
            return Result(chosen.name, ledger, "pending", notes=(chosen.pending,))
        return _play(chosen, ledger, orders, seed, began)
    except LeftOut as reason:
        return Result(chosen.name, ledger, "left out", notes=(str(reason),))
    except HarmFailed as error:
        problem = f"the harm was not done: {error}"
        took = time.monotonic() - began
        return Result(chosen.name, ledger, "FAILED", took=took, problems=(problem,))
    except Exception as error:  # noqa: BLE001 - the other scenarios still run
        last = traceback.extract_tb(error.__traceback__)[-1]
        problem = f"{type(error).__name__} at {last.filename}:{last.lineno}: {error}"
        took = time.monotonic() - began
        return Result(chosen.name, ledger, "FAILED", took=took, problems=(problem[:300],))


def _play(chosen: Scenario, ledger: str, orders: int, seed: int, began: float) -> Result:
    setup = Setup(
        ledger=ledger,
        unique=chosen.unique,
        workers=chosen.workers,
        aof=chosen.aof,
        disk_bytes=chosen.disk_bytes,
        settings=chosen.settings,
    )
    with world(setup, seed) as here:
        traffic = Traffic(here, orders)
        traffic.start()
        chosen.harm(here)
        healed = time.monotonic()
        traffic.finish()
        last, quiet = wait_for_quiet(here, chosen.within)
        return judge(chosen.name, here, quiet, max(last - healed, 0.0), began)


class Traffic:
    """Puts orders into the shop's outbox, evenly over some seconds."""

    def __init__(self, here: World, orders: int) -> None:
        self._here = here
        self._numbers = range(FIRST_NUMBER, FIRST_NUMBER + orders)
        pause = TRAFFIC_SECONDS / max(orders, 1)
        self._pause = min(max(pause, 1 / MOST_PER_SECOND), 1 / LEAST_PER_SECOND)
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        chunk = 3
        for start in range(0, len(self._numbers), chunk):
            numbers = self._numbers[start : start + chunk]
            self._here.shop.put([order(STORE, number) for number in numbers])
            time.sleep(self._pause * len(numbers))


def wait_for_quiet(here: World, seconds: float) -> tuple[float, bool]:
    """When the last effect came, and whether all came to rest: everything acknowledged, nothing
    unfinished, and the books not changing any more.
    """
    end = time.monotonic() + seconds
    last, seen, still = time.monotonic(), -1, 0.0
    while time.monotonic() < end:
        effects, open_work = _effects(here), here.unfinished()
        now = time.monotonic()
        if effects != seen:
            last, seen, still = now, effects, now
        rest = here.shop.drained(0.01) and open_work == 0
        if rest and now - still > STILL_SECONDS:
            return last, True
        if not rest:
            still = now
        time.sleep(LOOK_SECONDS)
    return last, False


def _effects(here: World) -> int:
    try:
        return len(here.sandbox.documents())
    except OSError:
        return -1


def judge(name: str, here: World, quiet: bool, seconds: float, began: float) -> Result:
    """Count in the other side's books; ours are asked for the cases alone."""
    cases, named = here.cases()
    expected = [each.expected for each in here.shop.accepted]
    found = oracle.count(expected, here.sandbox.documents(), here.sandbox.arrivals(), named)
    problems = [*here.problems, *found.problems]
    if len(expected) != here.shop.put_in:
        problems.append(f"{here.shop.put_in - len(expected)} orders were never acknowledged")
    if not quiet:
        problems.append(f"not at rest in time: {here.unfinished()} events and deliveries open")
    reposts = here.sandbox.reposts()
    kinds = here.case_kinds()
    told = [f"cases: {kinds}"] if kinds else []
    if reposts:
        told.append(f"{reposts} refused by the other side as known")
    notes = [*here.notes, *told]
    bad = problems or found.lost or found.duplicated or found.reordered
    return Result(
        name=name,
        ledger=here.setup.ledger,
        state="FAILED" if bad else "ok",
        count=found,
        cases=cases,
        seconds=seconds,
        took=time.monotonic() - began,
        notes=tuple(notes),
        problems=tuple(problems),
    )
