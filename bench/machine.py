"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.place import PROJECT
from causeway.ledger.engine import Ledger

# A load average above this before a measure means that somebody else works here.
BUSY = 0.5


def description() -> dict[str, str]:
    load = os.getloadavg()[0]
    return {
        "cores": f"{len(os.sched_getaffinity(0))} ({_processor()})",
        "python": platform.python_version(),
        "ledger": f"{Ledger('sqlite:///bench.sqlite').version()}, WAL, synchronous=FULL",
        "disk": _filesystem(PROJECT),
        "load before": f"{load:.2f}",
    }


def header() -> str:
    facts = "; ".join(f"{name} {value}" for name, value in description().items())
    busy = "Others use this machine now: the figures are lower than it can do.\n"
    others = busy if os.getloadavg()[0] > BUSY else ""
    return f"{facts}.\nClient and server share the cores.\n{others}"


@contextmanager
def one_core() -> Iterator[None]:
    """What is started meanwhile runs on one core, like ourselves.

    A shop's PHP and database speak by turns, thousands of times a second; on a virtual machine each
    word wakes a core that has just gone to sleep, which costs more than the work, and not evenly.
    On one core neither sleeps while the other works.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _filesystem(path: Path) -> str:
    """The type of the file system that holds `path`: the longest mount point above it."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    above = [m for m in mounts if path.is_relative_to(m[1])]
    return max(above, key=lambda m: len(m[1]))[2] if above else "unknown"
