"""A real karrio server for tests: built once into a cache, copied and started for every session."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.real.odoo_server import digest
from tests.real.tryton_server import copy_database, free_port, stop

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "karrio-requirements.txt"
BOOTSTRAP = HERE / "karrio_bootstrap.py"
DATABASE = "karrio.sqlite3"
START_SECONDS = 120.0
Say = Callable[[str], None]


class CannotBuild(Exception):
    """The server cannot be made on this machine. The text says in plain words what is missing."""


@dataclass(frozen=True, slots=True)
class KarrioServer:
    """A running server. `key` is a live token with two carriers, `test_key` the same in test
    mode, `bare_key` one of an account without any carrier.
    """

    url: str
    key: str
    test_key: str
    bare_key: str
    database: Path
    log: Path


@contextmanager
def running(say: Say) -> Iterator[KarrioServer]:
    """A server on a free local port over a fresh copy of the golden database, until left."""
    cache = built(say)
    with tempfile.TemporaryDirectory(prefix="causeway-karrio-") as folder:
        copy_database(cache / "golden.sqlite", Path(folder) / DATABASE)
        process, server = start(cache, Path(folder))
        try:
            yield server
        finally:
            stop(process)


def built(say: Say) -> Path:
    """The cache folder, made if it is missing or was left half made. Raises CannotBuild.

    The golden database stands in it beside the programs, which change less often.
    """
    base = Path(os.environ.get("CAUSEWAY_CACHE") or Path.home() / ".cache" / "causeway")
    base.mkdir(parents=True, exist_ok=True)
    parts = digest(REQUIREMENTS.read_bytes(), sys.version.encode())
    golden = digest(parts.encode(), BOOTSTRAP.read_bytes())
    with (base / "karrio.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        programs = made(base / f"karrio-{parts}", install, say, "about three minutes; 400 MB")
        return made(
            base / f"karrio-database-{golden}", lambda cache: build(cache, programs), say,
            "a few seconds",
        )  # fmt: skip


def made(cache: Path, make: Callable[[Path], object], say: Say, long: str) -> Path:
    if not (cache / "ready").exists():
        say(f"building a karrio server to test against in {cache} ({long}, once)")
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir()
        make(cache)
        (cache / "ready").touch()
    return cache


def install(cache: Path) -> None:
    """An environment of its own, and its tables, which take long to make."""
    python = cache / "venv" / "bin" / "python"
    step("its environment", [sys.executable, "-m", "venv", str(cache / "venv")])
    step("its packages, which need a package index to install from",
         [str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)])  # fmt: skip
    step("its tables", [str(cache / "venv" / "bin" / "karrio"), "migrate"], environment(cache))


def build(cache: Path, programs: Path) -> None:
    (cache / "venv").symlink_to(programs / "venv")
    copy_database(programs / DATABASE, cache / DATABASE)
    python = programs / "venv" / "bin" / "python"
    step("its carriers", [str(python), str(BOOTSTRAP), str(cache / "keys.json")],
         environment(cache))  # fmt: skip
    copy_database(cache / DATABASE, cache / "golden.sqlite")


def environment(folder: Path) -> dict[str, str]:
    """karrio's settings: everything in `folder`, background work at once and not in a queue."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(),
        "DEBUG_MODE": "True",
        "WORK_DIR": str(folder),
        "LOG_DIR": str(folder),
        "DATABASE_ENGINE": "sqlite3",
        "DATABASE_NAME": DATABASE,
        "WORKER_IMMEDIATE_MODE": "True",
        "USER_RATE_LIMIT": "100000/minute",
        "CARRIER_REQUEST_RATE_LIMIT": "100000/minute",
        "HOME": str(folder),
        "TZ": "UTC",
    }


def step(what: str, command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotBuild(f"karrio lacks {what}: {words[-1] if words else 'no reason given'}")


def start(cache: Path, folder: Path) -> tuple[subprocess.Popen[bytes], KarrioServer]:
    port = free_port()
    log = folder / "server.log"
    command = [str(cache / "venv" / "bin" / "karrio"), "runserver", "--noreload",
               f"127.0.0.1:{port}"]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment(folder)}, stdout=output, stderr=output,
            cwd=folder,
        )  # fmt: skip
    keys = json.loads((cache / "keys.json").read_text())
    server = KarrioServer(f"http://127.0.0.1:{port}", database=folder / DATABASE, log=log, **keys)
    try:
        wait_until_ready(process, server)
    except BaseException:
        stop(process)
        raise
    return process, server


def wait_until_ready(process: subprocess.Popen[bytes], server: KarrioServer) -> None:
    request = urllib.request.Request(
        f"{server.url}/v1/connections", headers={"Authorization": f"Token {server.key}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            opener.open(request, timeout=START_SECONDS).close()
        except urllib.error.HTTPError as error:
            raise CannotBuild(f"karrio answers {error.code} to its own token") from error
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise CannotBuild(f"karrio did not start: {server.log.read_text()[-500:]}")
