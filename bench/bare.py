"""The machine's own limits: the bare core of what is measured, under the same conditions."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response, request

from bench import load
from bench.load import Outcome, Plan
from bench.orders import ORDER_BYTES, Target
from bench.place import clean_environ, folder, free_port
from bench.processes import answers, running, wait_until
from bench.sidecar import Sidecar
from bench.stats import percentile
from causeway.ledger.engine import Ledger

INSERT_SECONDS = 2.0


def make() -> Flask:
    """An application that reads the body and answers 202; what gunicorn loads."""
    app = Flask("bare", static_folder=None, template_folder=None)

    @app.route("/", methods=["GET", "POST"])
    def accept() -> Response:
        request.get_data()
        return Response(b"{}", 202, content_type="application/json")

    return app


def web_options(pid: int) -> list[str]:
    """The options a running web process was started with, its address and application left out."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return [
        word
        for word in words
        if word.startswith("--") and not word.startswith(("--bind", "--name"))
    ]


@contextmanager
def flask(options: list[str]) -> Iterator[tuple[Target, int, float]]:
    """Bare Flask under gunicorn with `options`: where it is, its process id, seconds to ready."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", *options, f"--bind=127.0.0.1:{port}"]
    with folder() as place:
        log = place / "bare.log"
        began = time.monotonic()
        with running([*command, "bench.bare:make()"], clean_environ(), log) as child:
            wait_until(lambda: answers(port, "/", 202), child, log)
            yield Target(port, path="/"), child.pid, time.monotonic() - began


def flask_load(sidecar: Sidecar, plan: Plan) -> Outcome:
    """The same load on bare Flask, under the options the sidecar's web process runs with."""
    with flask(web_options(sidecar.pid)) as (target, _, _):
        return load.run(Plan(target, plan.connections, plan.count, plan.warm_up, plan.batch))


def inserts(rows: int = 1) -> tuple[float, float]:
    """Durable transactions of `rows` rows of one order's size: how many a second, p99 in ms.

    One writer, plain SQL on a connection as the ledger opens it (WAL, synchronous=FULL).
    """
    with folder() as place:
        ledger = Ledger(f"sqlite:///{place / 'bare.sqlite'}")
        opened = ledger.engine.raw_connection()
        connection = opened.driver_connection
        assert connection is not None
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data TEXT)")
        data = [("x" * ORDER_BYTES,)] * rows
        times: list[float] = []
        began = time.monotonic()
        while (start := time.monotonic()) - began < INSERT_SECONDS:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO bare (data) VALUES (?)", data)
            connection.execute("COMMIT")
            times.append((time.monotonic() - start) * 1000)
        opened.close()
        ledger.close()
    return len(times) / sum(times) * 1000, percentile(times, 0.99)
