"""Stop points inside the sidecar's processes, at the edges of libraries and not in our code.

`call-before`, `call-after`: around each HTTP request a worker sends. `commit-before`,
`commit-after`: around each commit of the ledger. `asked`, `answer`: around the web application's
work on POST /v1/events. `understand`: an event's payload is about to be read. A point does nothing
until the suite has armed it, by a file in the folder FAULTS_POINTS (see `faults.points`).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any

FOLDER = "FAULTS_POINTS"
CLOCK = "clock"
LOOK_SECONDS = 0.02


def install() -> None:
    """Put the points where this process has them, judged by its command line."""
    words = " ".join(sys.orig_argv)
    if "causeway.cli worker" in words:
        _around_calls()
        _around_commits("worker")
        _before_understanding()
        _shift_clock("worker")
    elif "gunicorn" in words:
        _around_answers()
        _around_commits("web")
        _shift_clock("web")
    elif "causeway.cli pump" in words:
        _shift_clock("pump")


def reach(point: str, what: str = "") -> str:
    """Do what an armed point says, when `what` contains its word; the deed that was done."""
    folder = Path(os.environ[FOLDER])
    for armed in folder.iterdir():
        if not (armed.name.startswith(f"{point}.") and armed.suffix == ".armed"):
            continue
        try:
            order = json.loads(armed.read_text())
        except (OSError, ValueError):
            continue
        hit = armed.with_suffix(f".hit-{os.getpid()}")
        if order["match"] not in what or not _claim(armed, hit, order):
            continue
        _do(order["do"], hit)
        return str(order["do"])
    return ""


def _claim(armed: Path, hit: Path, order: dict[str, Any]) -> bool:
    """Each arming is for one process alone, unless it says that it stays."""
    if order["stays"]:
        hit.write_text("")
        return True
    try:
        armed.rename(hit)
    except FileNotFoundError:
        return False
    return True


def _do(deed: str, hit: Path) -> None:
    if deed == "die-both":
        os.kill(os.getppid(), signal.SIGKILL)
    if deed in ("die", "die-both"):
        os.kill(os.getpid(), signal.SIGKILL)
    while deed == "wait" and hit.exists():
        time.sleep(LOOK_SECONDS)


def _around_calls() -> None:
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    @wraps(send)
    def stopped(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        what = f"{request.method} {request.path_url} {_text(request.body)}"
        deed = reach("call-before", what)
        if deed == "pretend":  # the suite's own test: says it sent what it did not send
            return _pretended(request)
        if deed == "twice":
            send(self, request, *args, **kwargs)
        response = send(self, request, *args, **kwargs)
        reach("call-after", what)
        return response

    HTTPAdapter.send = stopped  # type: ignore[method-assign]


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")


def _pretended(request: Any) -> Any:
    import requests

    said = json.loads(_text(request.body))
    response = requests.Response()
    response.status_code = 201
    answer = {"id": 10**6 + os.getpid(), "number": f"SO-{os.getpid()}", "status": "confirmed"}
    response._content = json.dumps({**said, **answer}).encode()
    return response


def _around_commits(who: str) -> None:
    from sqlalchemy.engine.default import DefaultDialect

    commit = DefaultDialect.do_commit

    @wraps(commit)
    def stopped(self: Any, connection: Any) -> None:
        reach("commit-before", who)
        commit(self, connection)  # type: ignore[no-untyped-call]
        reach("commit-after", who)

    DefaultDialect.do_commit = stopped  # type: ignore[method-assign]


def _before_understanding() -> None:
    from causeway.connectors.woocommerce import mapper

    to_order = mapper.to_order

    @wraps(to_order)
    def stopped(source: str, data: Any, *args: Any, **kwargs: Any) -> Any:
        reach("understand", f"order {data['order'].get('id')} ")
        return to_order(source, data, *args, **kwargs)

    mapper.to_order = stopped  # type: ignore[assignment]


def _around_answers() -> None:
    from flask import Flask

    call = Flask.__call__

    @wraps(call)
    def stopped(self: Any, environ: Any, start_response: Any) -> Any:
        event = environ["PATH_INFO"] == "/v1/events"
        if event:
            reach("asked")
        answer = call(self, environ, start_response)
        if event:
            reach("answer")
        return answer

    Flask.__call__ = stopped  # type: ignore[method-assign]


def _shift_clock(who: str) -> None:
    """The engine's clock becomes the machine's, as many seconds off as the file for `who` says."""
    from causeway.engine import context

    file = Path(os.environ[FOLDER]) / f"{CLOCK}-{who}"

    class _Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            try:
                off = float(file.read_text())
            except (OSError, ValueError):
                off = 0.0
            return datetime.now(tz) + timedelta(seconds=off)

    context.__dict__["datetime"] = _Shifted
