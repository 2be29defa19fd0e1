"""Where a measure runs: a folder on the project's disk, free ports, a clean environment."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PREFIX = "CAUSEWAY_"


def clean_environ(**more: str) -> dict[str, str]:
    """The caller's environment without settings of a sidecar, and `more` over it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **more}


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder under `var/`, gone afterwards: /tmp is memory on many machines."""
    root = PROJECT / "var"
    root.mkdir(exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def socket_path() -> Iterator[Path]:
    """Where a Unix socket may be; its path must be short (108 bytes), so it is under /tmp."""
    made = Path(tempfile.mkdtemp(prefix="causeway-bench-", dir="/tmp"))
    try:
        yield made / "redis.sock"
    finally:
        shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
