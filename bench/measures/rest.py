"""The whole sidecar at rest: resident memory over all its processes, and the time to ready."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import bare, load, sidecar
from bench.load import Plan
from bench.processes import family
from bench.rows import Bar, Limit, Row
from bench.sidecar import Sidecar

SETTLE_SECONDS = 4.0
WORK_ORDERS = 100
LOOKS = 15
LOOK_SECONDS = 0.3
LONGEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in MB (2**20 bytes). `pss` counts each shared page once over all sharers."""

    name: str
    rss: float
    pss: float


def measure() -> list[Row]:
    """From a warm environment: the start before fills the caches and is not counted."""
    with sidecar.whole():
        pass
    with sidecar.whole() as running:
        ready = running.ready_seconds
        time.sleep(SETTLE_SECONDS)
        rest = usual(running.pid)
        failure = _work(running)
        after = usual(running.pid)
    python = _bare_python()
    with bare.flask(["--worker-class=gthread"]) as (_, pid, seconds):
        gunicorn = total(memory_of(pid))
    limits = (
        Limit("one bare Python interpreter", python),
        Limit("bare gunicorn + Flask, master and worker", gunicorn),
    )
    worked = f"after {WORK_ORDERS} orders: {_listed(after)}"
    start = (Limit("bare gunicorn + Flask to its first answer", seconds),)
    return [
        Row("rest", total(rest), "MB", limits, Bar("<=", 350), note=_listed(rest)),
        Row("rest-pss", sum(m.pss for m in rest), "MB", note="shared pages counted once"),
        Row("rest-after-work", total(after), "MB", note=worked, failure=failure),
        Row("ready", ready, "s", start, Bar("<=", 10)),
    ]


def usual(pid: int) -> list[Memory]:
    """The median of several looks: a worker forks a process for each of its short jobs, and polls
    make some even at rest; one look may meet such a one."""
    looks = []
    for _ in range(LOOKS):
        looks.append(memory_of(pid))
        time.sleep(LOOK_SECONDS)
    return sorted(looks, key=total)[LOOKS // 2]


def memory_of(pid: int) -> list[Memory]:
    """A process and all that descend from it, as the kernel counts them (Linux 4.14 or later)."""
    found = []
    for member in family(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            words = Path(f"/proc/{member}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # it has ended meanwhile
        sizes = {key: int(rest.split()[0]) / 1024 for key, _, rest in map(_parted, lines) if rest}
        found.append(Memory(_name(words), sizes["Rss"], sizes["Pss"]))
    return found


def total(memories: list[Memory]) -> float:
    return sum(memory.rss for memory in memories)


def _parted(line: str) -> tuple[str, str, str]:
    key, colon, rest = line.partition(":")
    return key, colon, rest if rest.endswith("kB") else ""


def _name(words: list[str]) -> str:
    """What a person calls the process: its module or program and what it was asked to do."""
    if "-m" in words[:3]:
        words = words[words.index("-m") + 1 :]
    if "gunicorn" in words[0]:
        return "gunicorn"
    plain = [word for word in words[:3] if word and not word.startswith(("-", "/"))]
    return " ".join(plain) or Path(words[0].split(" ")[0]).name


def _listed(memories: list[Memory]) -> str:
    each = ", ".join(f"{m.name} {m.rss:.0f} ({m.pss:.0f})" for m in memories)
    return f"RSS (PSS) by process: {each}"


def _work(running: Sidecar) -> str:
    """Let it do something, and wait until nothing is left to do."""
    seen = load.run(Plan(running.target, 4, WORK_ORDERS, 0))
    end = time.monotonic() + LONGEST_SECONDS
    while running.unfinished() and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(SETTLE_SECONDS)
    return seen.failure or ("events are left undone" if running.unfinished() else "")


def _bare_python() -> float:
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        return total(memory_of(child.pid))
    finally:
        child.communicate(b"\n", timeout=10)
