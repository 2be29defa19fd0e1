"""Starts the load client in a process of its own and reads what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass

from bench.orders import Target
from bench.place import PROJECT, clean_environ

LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` requests of `batch` orders over `connections`, each waiting for its answer."""

    target: Target
    connections: int
    count: int
    warm_up: int
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client saw. Times in ms, of the counted requests; `kept` counts warm-up too."""

    seconds: float
    requests: int
    kept: int
    failures: dict[str, int]
    p50: float
    p99: float
    longest: float
    client_cpu: float
    """Share of one core that the client used while it counted."""

    @property
    def rate(self) -> float:
        """Counted requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def failure(self) -> str:
        return "; ".join(f"{count} times {what}" for what, count in sorted(self.failures.items()))


def run(plan: Plan) -> Outcome:
    """Send the plan's load. Raises RuntimeError when the client itself breaks down."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=clean_environ(),
        timeout=2 * LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no word"]
        raise RuntimeError(f"the load client ended with {done.returncode}: {last[0]}")
    return Outcome(**json.loads(done.stdout))
