"""The load client: `python -m bench.client`, a plan as JSON on stdin, what it saw on stdout.

Closed loop: each connection sends its next request when it has the answer to the last. Requests
are made and signed before the clock runs; answers are counted while it does and read after.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import orjson

from bench import orders
from bench.answers import Answer, AnswerReader, NotUnderstood
from bench.load import LONGEST_SECONDS, Outcome, Plan
from bench.orders import Target
from bench.stats import percentile

READ_BYTES = 65536


@dataclass
class Line:
    """One kept connection and the request it waits for."""

    socket: socket.socket
    reader: AnswerReader = field(default_factory=AnswerReader)
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    began: float = 0.0


@dataclass
class Round:
    """One run through a list of requests."""

    port: int
    requests: Iterator[bytes]
    latencies: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    open: int = 0
    selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def run(self, connections: int) -> float:
        """Send all of them; seconds from the first request to the last answer."""
        for _ in range(connections):
            self._next(self._connect())
        began = time.monotonic()
        while self.open and time.monotonic() - began < LONGEST_SECONDS:
            for key, events in self.selector.select(1.0):
                self._serve(key.data, events)
        seconds = time.monotonic() - began
        if self.open:
            self.failures["never answered"] += self.open
        for key in list(self.selector.get_map().values()):
            self._close(key.data)
        self.selector.close()
        return seconds

    def _connect(self) -> Line:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        line = Line(made)
        self.selector.register(made, selectors.EVENT_READ, line)
        self.open += 1
        return line

    def _close(self, line: Line) -> None:
        self.selector.unregister(line.socket)
        line.socket.close()
        self.open -= 1

    def _next(self, line: Line) -> None:
        request = next(self.requests, None)
        if request is None:
            self._close(line)
            return
        line.unsent, line.began = memoryview(request), time.monotonic()
        self._send(line)

    def _send(self, line: Line) -> None:
        try:
            sent = line.socket.send(line.unsent)
        except BlockingIOError:
            sent = 0
        line.unsent = line.unsent[sent:]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.unsent else 0)
        if self.selector.get_key(line.socket).events != wanted:
            self.selector.modify(line.socket, wanted, line)

    def _serve(self, line: Line, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send(line)
            if events & selectors.EVENT_READ:
                self._read(line)
        except (OSError, NotUnderstood) as error:
            self.failures[type(error).__name__] += 1
            self._close(line)
            self._next(self._connect())

    def _read(self, line: Line) -> None:
        data = line.socket.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError
        for answer in line.reader.feed(data):
            self.latencies.append((time.monotonic() - line.began) * 1000)
            self.answers.append(answer)
            if answer.closes:
                self._close(line)
                line = self._connect()
            self._next(line)


def judge(answers: list[Answer], signed: bool) -> tuple[int, Counter[str]]:
    """Orders the server says it keeps, and what else it said, counted."""
    kept, failures = 0, Counter[str]()
    for answer in answers:
        if answer.status != 202:
            failures[f"status {answer.status}"] += 1
        elif signed:
            said = orjson.loads(answer.body)
            kept += len(said["accepted"])
            failures["duplicate"] += len(said["duplicates"])
            failures["refused"] += len(said["refused"])
    return kept, +failures


def send(plan: Plan) -> Outcome:
    """Warm up, then count."""
    made = list(orders.requests(plan.target, 1, plan.warm_up + plan.count, plan.batch))
    warm = Round(plan.target.port, iter(made[: plan.warm_up]))
    warm.run(plan.connections)
    counted = Round(plan.target.port, iter(made[plan.warm_up :]))
    cpu = time.process_time()
    seconds = counted.run(plan.connections)
    cpu = time.process_time() - cpu
    kept, failures = judge(warm.answers + counted.answers, bool(plan.target.secret))
    times = counted.latencies or [0.0]
    return Outcome(
        seconds=seconds,
        requests=len(counted.latencies),
        kept=kept,
        failures=dict(failures + warm.failures + counted.failures),
        p50=percentile(times, 0.5),
        p99=percentile(times, 0.99),
        longest=max(times),
        client_cpu=cpu / seconds if seconds else 0.0,
    )


def main() -> int:
    raw = json.load(sys.stdin)
    plan = Plan(**{**raw, "target": Target(**raw["target"])})
    json.dump(asdict(send(plan)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
