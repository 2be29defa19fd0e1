"""Processes killed, frozen and asked to stop, at the places where it hurts most."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from faults.orders import order
from faults.points import Hit
from faults.scenario import scenario
from faults.world import STORE, World

LEASE_SECONDS = 30.0
ERP_POST = "POST /erp/orders"
TIMES = 3


def _kill_worker(world: World, hit: Hit) -> None:
    """The worker that stands at the point, with the job it has forked."""
    world.worker_of(hit.pid).kill()
    hit.release()


def _at(world: World, point: str, match: str = ERP_POST, times: int = TIMES) -> None:
    for _ in range(times):
        _kill_worker(world, world.points.reached(world.points.arm(point, match=match)))


@scenario(
    "worker-killed-before-call", "worker and job killed before they post to the ERP", covers=(2,)
)
def before_call(world: World) -> None:
    _at(world, "call-before")


@scenario(
    "worker-killed-in-call", "worker and job killed while the ERP works on the order", covers=(2,)
)
def in_call(world: World) -> None:
    for _ in range(TIMES):
        before = world.sandbox.struck()
        world.sandbox.harm("delay", "/erp/orders", "POST", seconds=1.0, times=1)
        world.until("the ERP works on an order", lambda seen=before: world.sandbox.struck() > seen)
        for worker in world.workers:
            worker.kill()
    world.sandbox.heal()


@scenario(
    "worker-killed-after-call",
    "worker and job killed between the ERP's 200 and our commit",
    covers=(3,),
)
def after_call(world: World) -> None:
    _at(world, "call-after")
    _at(world, "call-after", match="POST /erp/credits", times=1)
    _at(world, "call-after", match="POST /wms/requests", times=1)


@scenario(
    "worker-dies-at-commits",
    "jobs die right before and right after commits of the ledger",
    covers=(2, 3, 8),
)
def at_commits(world: World) -> None:
    armed = []
    for _ in range(4):
        armed += [
            world.points.arm(point, "die", "worker") for point in ("commit-before", "commit-after")
        ]
        time.sleep(1.0)
    for name in armed:
        world.points.reached(name)


@scenario("job-killed", "the forked job killed as for want of memory, its worker left", covers=(8,))
def job_killed(world: World) -> None:
    for point in ("call-before", "call-after", "call-after"):
        world.points.reached(world.points.arm(point, "die", ERP_POST))


@scenario(
    "parent-killed",
    "the worker killed and its job left to run on, past a successor's start",
    covers=(1,),
)
def parent_killed(world: World) -> None:
    for start, point in ((600_000, "call-before"), (700_000, "call-after")):
        name = world.points.arm(point, match=ERP_POST)
        world.shop.put([order(STORE, number) for number in range(start, start + 6)])
        hit = world.points.reached(name)
        world.worker_of(hit.pid).kill(whole=False)
        time.sleep(3.0)  # the successor is at work
        hit.release()
        orphan = Path(f"/proc/{hit.pid}")
        world.until("the job that was left has ended", lambda gone=orphan: not gone.exists())


@scenario(
    "worker-frozen",
    "a worker frozen after the ERP's 200, its work done by another, then woken",
    covers=(7,),
)
def frozen(world: World) -> None:
    _freeze(world, "call-after")


@scenario(
    "worker-frozen-before-call",
    "a worker frozen past its lease before it posts; the ERP refuses a used reference",
    covers=(7,),
    unique=True,
)
def frozen_before(world: World) -> None:
    _freeze(world, "call-before")


def _freeze(world: World, point: str) -> None:
    hit = world.points.reached(world.points.arm(point, match=ERP_POST))
    worker = world.worker_of(hit.pid)
    worker.signal(signal.SIGSTOP)
    hit.release()
    time.sleep(2.2 * LEASE_SECONDS)
    worker.signal(signal.SIGCONT)
    time.sleep(2.0)


@scenario(
    "worker-asked-to-stop",
    "SIGTERM in the middle of work, once, and twice in a row",
    covers=(6, 10),
)
def asked_to_stop(world: World) -> None:
    """One worker after the other, as a rolling upgrade does; then twice, which means at once."""
    world.until("orders arrive", lambda: len(world.sandbox.documents()) > 0)
    for worker in world.workers:
        deaths = worker.deaths
        worker.signal(signal.SIGTERM, whole=False)
        world.until("it ended", lambda w=worker, d=deaths: w.deaths > d, 40)
    worker = world.workers[0]
    deaths = worker.deaths
    for _ in range(2):
        worker.signal(signal.SIGTERM, whole=False)
        time.sleep(1.2)
        if worker.deaths > deaths:
            break
    world.until("it ended", lambda: worker.deaths > deaths, 40)


@scenario(
    "web-killed-before-answer", "the web process killed between commit and answer", covers=(4,)
)
def before_answer(world: World) -> None:
    for _ in range(TIMES):
        name = world.points.arm("answer", "wait")
        hit = world.points.reached(name)
        world.processes["web"].kill()
        hit.release()
        world.wait_ready()


@scenario(
    "web-killed-at-commits",
    "the web process killed before it begins, before and after commits",
    covers=(4,),
)
def web_at_commits(world: World) -> None:
    web = world.processes["web"]
    for point in ("asked", "commit-before", "commit-after"):
        match = "" if point == "asked" else "web"
        hit = world.points.reached(world.points.arm(point, match=match))
        web.kill()
        hit.release()
        world.wait_ready()


@scenario(
    "pump-killed", "the pump killed again and again while Redis forgets every hint", covers=(5, 12)
)
def pump_killed(world: World) -> None:
    for _ in range(6):
        world.processes["pump"].kill()
        world.redis.flushall()
        time.sleep(1.5)


@scenario(
    "all-killed",
    "all of ours and Redis killed at one moment, three times; the ledger is checked",
    covers=(2, 4, 5, 13, 23),
)
def all_killed(world: World) -> None:
    for _ in range(3):
        time.sleep(2.0)
        victims = [pid for p in (*world.sidecar, world.processes["redis"]) for pid in _pids(p.pid)]
        for pid in victims:
            _kill(pid)
        time.sleep(1.0)
        world.wait_ready()
    if world.ledger.is_sqlite:
        with world.ledger.read() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if said != "ok":
            world.problems.append(f"integrity_check: {said}")


@scenario(
    "poison-event",
    "an event that ends whatever reads it; the others flow, it becomes a case",
    covers=(9,),
    within=400,
)
def poison(world: World) -> None:
    from faults.play import FIRST_NUMBER

    name = world.points.arm("understand", "die", f"order {FIRST_NUMBER + 1} ", stays=True)
    world.points.reached(name)
    world.until("a case tells of it", lambda: str(FIRST_NUMBER + 1) in world.cases()[1], 360)


def _pids(pid: int) -> list[int]:
    from bench.processes import family

    return family(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
