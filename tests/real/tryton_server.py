"""A real Tryton for tests: built once into a cache, copied and started for every test session."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import sqlite3
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

HERE = Path(__file__).parent
REQUIREMENTS = {"8.2": HERE / "tryton-requirements.txt",
                "7.0": HERE / "tryton-7.0-requirements.txt"}  # fmt: skip
NEWEST, OLDEST = "8.2", "7.0"
BOOTSTRAP = HERE / "tryton_bootstrap.py"
MODULES = ("ir", "res", "sale", "web_shop", "stock_package_shipping", "sale_shipment_cost",
           "account_invoice_stock", "sale_price_list")  # fmt: skip
DATABASE = "erp"
START_SECONDS = 60.0
Say = Callable[[str], None]


class CannotBuild(Exception):
    """The server cannot be made on this machine. The text says in plain words what is missing."""


@dataclass(frozen=True, slots=True)
class TrytonServer:
    """A running server. `key` may do what a connector needs, `full_key` also cancel, `weak_key`
    little, `admin_key` all. The users `causeway`, `clerk`, `reader` and `admin` they are of have
    the one `password`; Tryton 7 knows no keys, and theirs are empty.
    """

    url: str
    database: str
    key: str
    full_key: str
    weak_key: str
    admin_key: str
    password: str
    log: Path
    release: str = NEWEST


@contextmanager
def running(say: Say, release: str = NEWEST) -> Iterator[TrytonServer]:
    """A server on a free local port over a fresh copy of the golden database, until left."""
    cache = built(say, release)
    with tempfile.TemporaryDirectory(prefix="causeway-tryton-") as folder:
        copy_database(cache / "golden.sqlite", Path(folder) / f"{DATABASE}.sqlite")
        process, server = start(cache, Path(folder), release)
        try:
            yield server
        finally:
            stop(process)


def built(say: Say, release: str = NEWEST) -> Path:
    """The cache folder, made if it is missing or was left half made. Raises CannotBuild."""
    base = Path(os.environ.get("CAUSEWAY_CACHE") or Path.home() / ".cache" / "causeway")
    cache = base / f"tryton-{version(release)}"
    base.mkdir(parents=True, exist_ok=True)
    with (base / f"{cache.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cache / "ready").exists():
            say(f"building a Tryton {release} to test against in {cache} (about a minute, once)")
            shutil.rmtree(cache, ignore_errors=True)
            build(cache, release)
            (cache / "ready").touch()
    return cache


def version(release: str) -> str:
    """Changes with whatever the golden database is made from."""
    parts = (REQUIREMENTS[release].read_bytes(), BOOTSTRAP.read_bytes(), sys.version.encode())
    return hashlib.sha256(b"\0".join((*parts, *(name.encode() for name in MODULES)))).hexdigest()[
        :12
    ]


def build(cache: Path, release: str) -> None:
    python = cache / "venv" / "bin" / "python"
    step("its environment", [sys.executable, "-m", "venv", str(cache / "venv")])
    step("its packages, which need a package index to install from",
         [str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS[release])])  # fmt: skip
    work = cache / "work"
    work.mkdir()
    config = write_config(work, 0)
    (work / f"{DATABASE}.sqlite").touch()
    password = work / "password"
    password.write_text(secrets.token_urlsafe())
    admin = [str(python.with_name("trytond-admin")), "-c", str(config), "-d", DATABASE]
    step("its database", [*admin, "-u", *MODULES, "--activate-dependencies",
                          "--email", "admin@example.org", "-p"],
         env={"TRYTONPASSFILE": str(password)})  # fmt: skip
    step("its company", [str(python), str(BOOTSTRAP), str(config), DATABASE,
                         str(cache / "keys.json"), str(password)])  # fmt: skip
    copy_database(work / f"{DATABASE}.sqlite", cache / "golden.sqlite")
    shutil.rmtree(work)


def step(what: str, command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotBuild(f"Tryton lacks {what}: {words[-1] if words else 'no reason given'}")


def write_config(folder: Path, port: int) -> Path:
    config = folder / "trytond.conf"
    config.write_text(
        f"[web]\nlisten = 127.0.0.1:{port}\n[database]\nuri = sqlite://\npath = {folder}\n"
    )
    return config


def copy_database(source: Path, target: Path) -> None:
    """By SQLite itself: a database in WAL mode is more than its one file."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        reading.close()
        writing.close()


def start(cache: Path, folder: Path, release: str) -> tuple[subprocess.Popen[bytes], TrytonServer]:
    port = free_port()
    log = folder / "server.log"
    command = [str(cache / "venv" / "bin" / "trytond"), "-c", str(write_config(folder, port)),
               "-d", DATABASE]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    keys = json.loads((cache / "keys.json").read_text())
    server = TrytonServer(f"http://127.0.0.1:{port}", DATABASE, log=log, release=release, **keys)
    try:
        wait_until_ready(process, server)
    except BaseException:
        stop(process)
        raise
    return process, server


def wait_until_ready(process: subprocess.Popen[bytes], server: TrytonServer) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            opener.open(first_request(server), timeout=START_SECONDS).close()
        except urllib.error.HTTPError as error:
            raise CannotBuild(f"Tryton answers {error.code} to its own key") from error
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise CannotBuild(f"Tryton did not start: {server.log.read_text()[-500:]}")


def first_request(server: TrytonServer) -> urllib.request.Request:
    """One that needs the database and the user."""
    if server.key:
        return urllib.request.Request(
            f"{server.url}/{DATABASE}/rest/model/web.shop",
            headers={"Authorization": f"Bearer {server.key}"},
        )
    call = {"id": 0, "method": "common.db.login",
            "params": ["causeway", {"password": server.password}, "en"]}  # fmt: skip
    return urllib.request.Request(
        f"{server.url}/{DATABASE}/", data=json.dumps(call).encode(),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
