"""The ledger locked, cut off, restarted and out of room."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from pathlib import Path

from faults.disk import fill
from faults.errors import HarmFailed
from faults.scenario import scenario
from faults.world import World

LOCK_SECONDS = 10.0
_HOLD = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
db.execute("ROLLBACK")
"""


@scenario(
    "sqlite-locked",
    f"another program holds the write lock for {LOCK_SECONDS:.0f} s",
    covers=(19,),
    ledgers=("sqlite",),
)
def locked(world: World) -> None:
    time.sleep(2.0)
    command = [sys.executable, "-c", _HOLD, str(world.ledger.url.database), str(LOCK_SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode or "held" not in done.stdout:
        raise HarmFailed(f"the lock was not had: {done.stderr.strip()[-200:]}")


@scenario(
    "sqlite-gate-held",
    f"a stuck program holds the writers' gate for {LOCK_SECONDS:.0f} s",
    covers=(19,),
    ledgers=("sqlite",),
)
def gate_held(world: World) -> None:
    time.sleep(2.0)
    gate = Path(f"{world.ledger.url.database}.gate")
    with gate.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(LOCK_SECONDS)


@scenario(
    "postgres-restarted",
    "PostgreSQL stopped as if killed and started again, twice",
    covers=(22,),
    ledgers=("postgresql",),
)
def restarted(world: World) -> None:
    assert world.postgres is not None
    for seconds in (0.0, 5.0):
        time.sleep(2.0)
        world.postgres.stop("immediate")
        time.sleep(seconds)
        world.postgres.start()


@scenario(
    "postgres-connections-ended",
    "every connection of ours terminated, again and again",
    covers=(22,),
    ledgers=("postgresql",),
)
def terminated(world: World) -> None:
    assert world.postgres is not None
    ended = 0
    for _ in range(20):
        ended += world.postgres.terminate_connections()
        time.sleep(0.4)
    if not ended:
        raise HarmFailed("no connection was there to be ended")
    world.notes.append(f"{ended} connections ended")


@scenario(
    "disk-full",
    "the ledger's disk is full for 8 s",
    covers=(20,),
    disk_bytes=160 * 2**20,
    settings={"CAUSEWAY_MIN_FREE_BYTES": "0"},
)
def disk_full(world: World) -> None:
    """The warning threshold is off: the disk is met full, not nearly full."""
    time.sleep(2.0)
    ballast = world.disk / "ballast"
    fill(ballast)
    failures, end = world.shop.failures, time.monotonic() + 8.0
    while time.monotonic() < end:
        fill(ballast)
        time.sleep(0.2)
    refused = world.shop.failures > failures
    ballast.unlink()
    if world.postgres is not None and not world.postgres.running():
        world.notes.append("PostgreSQL gave up and was started again")
        world.postgres.start()
    if not refused:
        raise HarmFailed("intake went on: the disk was not full")


@scenario(
    "disk-nearly-full",
    "less room is left on the ledger's disk than the settings ask for",
    covers=(20,),
    ledgers=("sqlite",),
    disk_bytes=160 * 2**20,
)
def disk_nearly_full(world: World) -> None:
    time.sleep(2.0)
    ballast = world.disk / "ballast"
    fill(ballast, leave=32 * 2**20)
    failures = world.shop.failures
    time.sleep(6.0)
    refused = world.shop.failures > failures
    ballast.unlink()
    if not refused:
        raise HarmFailed("intake went on: the disk had room")
