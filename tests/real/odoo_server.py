"""A real Odoo 19 for tests: built once into a cache, copied and started for every test session.

Odoo comes as Debian's package, unpacked and not installed; its Python parts from a package index;
its database is a PostgreSQL of its own on a Unix socket.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
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

from tests import postgres_server
from tests.real.tryton_server import free_port, stop

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "odoo-requirements.txt"
BOOTSTRAP = HERE / "odoo_bootstrap.py"
MODULES = "sale_management,sale_stock,stock_delivery,account"
GOLDEN, DATABASE = "golden", "erp"
START_SECONDS = 120.0
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCE = f"deb [signed-by={KEYRING}] http://deb.debian.org/debian sid main\n"
Say = Callable[[str], None]


class CannotBuild(Exception):
    """The server cannot be made on this machine. The text says in plain words what is missing."""


@dataclass(frozen=True, slots=True)
class OdooServer:
    """A running server. `key` may do what a connector needs, `weak_key` little, `admin_key` all."""

    url: str
    database: str
    key: str
    weak_key: str
    admin_key: str
    log: Path
    cluster: Path
    """The folder of PostgreSQL's socket."""


@contextmanager
def running(say: Say, port: int = 0, keep: Path | None = None) -> Iterator[OdooServer]:
    """A server on a local port over a fresh copy of the golden database, until left.

    In `keep` the copy stays and is used again; otherwise it goes with the server.
    """
    cache = built(say)
    with tempfile.TemporaryDirectory(prefix="causeway-odoo-") as temporary:
        folder = keep or Path(temporary)
        fresh = not (folder / "pg").exists()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        if fresh:
            subprocess.run(["cp", "-a", str(cache / "pg"), str(folder / "pg")], check=True)
            shutil.copytree(cache / "data", folder / "data")
        with cluster(folder):
            if fresh:
                database(folder, "createdb", "-T", GOLDEN, DATABASE)
                files = folder / "data" / "filestore"
                if (files / GOLDEN).exists():
                    (files / GOLDEN).rename(files / DATABASE)
            process, server = start(cache, folder, port or free_port())
            try:
                yield server
            finally:
                stop(process)


def built(say: Say) -> Path:
    """The cache folder, made if it is missing or was left half made. Raises CannotBuild.

    The golden database stands in it beside a link to the programs, which change less often.
    """
    base = Path(os.environ.get("CAUSEWAY_CACHE") or Path.home() / ".cache" / "causeway")
    base.mkdir(parents=True, exist_ok=True)
    parts = digest(REQUIREMENTS.read_bytes(), sys.version.encode())
    golden = digest(parts.encode(), BOOTSTRAP.read_bytes(), MODULES.encode())
    with (base / "odoo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        programs = once(base / f"odoo-19-{parts}", install, say, "about a minute; 1.5 GB")
        return once(base / f"odoo-19-database-{golden}",
                    lambda cache: build(cache, programs), say,
                    "about two minutes")  # fmt: skip


def once(cache: Path, make: Callable[[Path], object], say: Say, long: str) -> Path:
    if not (cache / "ready").exists():
        say(f"building an Odoo to test against in {cache} ({long}, once)")
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir()
        make(cache)
        (cache / "ready").touch()
    return cache


def link(cache: Path, programs: Path) -> None:
    for name in ("deb", "venv", "version"):
        (cache / name).symlink_to(programs / name)


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def build(cache: Path, programs: Path) -> None:
    """The golden database is made where PostgreSQL's own account may go, then moved."""
    link(cache, programs)
    with tempfile.TemporaryDirectory(prefix="causeway-odoo-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        if os.geteuid() == 0:
            own(folder)
        made = ("-D", str(folder / "pg"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        tool(None, "initdb", *made)
        with cluster(folder):
            tool(folder, "createuser", "-s", "odoo")
            step("its modules", [*odoo(cache, folder, GOLDEN), "--without-demo=True", "-i",
                                 MODULES, "--stop-after-init"], env=environment(cache))  # fmt: skip
            shell = [*odoo(cache, folder, GOLDEN, "shell"), "--no-http"]
            said = step("its company", shell, env=environment(cache), stdin=BOOTSTRAP)
        lines = [line for line in said.splitlines() if line.startswith("KEYS ")]
        if not lines:
            raise CannotBuild(f"Odoo's company was not made: {said[-300:]}")
        for name in ("pg", "data"):
            subprocess.run(["cp", "-a", str(folder / name), str(cache / name)], check=True)
    (cache / "keys.json").write_text(lines[0].removeprefix("KEYS "))


def install(cache: Path) -> None:
    """Odoo's own files and an environment for them."""
    if not shutil.which("apt-get") or not Path(KEYRING).exists():
        raise CannotBuild("Odoo comes from Debian's packages, which need apt-get and its keyring")
    download(cache)
    python = cache / "venv" / "bin" / "python"
    step("its environment", [sys.executable, "-m", "venv", str(cache / "venv")])
    step("its packages, which need a package index to install from",
         [str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)])  # fmt: skip


def download(cache: Path) -> None:
    """Odoo's package into `cache`/deb, by a package configuration that is not the system's."""
    root = cache / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (root / name).mkdir(parents=True)
    (root / "sources.list").write_text(SOURCE)
    (root / "status").touch()
    options = {"Dir::Etc::sourcelist": root / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
               "Dir::State::lists": root / "lists", "Dir::State::status": root / "status",
               "Dir::Cache": root / "cache", "Debug::NoLocking": 1,
               "APT::Sandbox::User": "root"}  # fmt: skip
    apt = [
        "apt-get",
        *(part for name, value in options.items() for part in ("-o", f"{name}={value}")),
    ]
    step("Debian's list of packages", [*apt, "update"])
    step("Debian's package odoo-19", [*apt, "download", "odoo-19"], folder=cache)
    (package,) = cache.glob("odoo-19_*.deb")
    step("its files", ["dpkg", "-x", str(package), str(cache / "deb")])
    (cache / "version").write_text(package.name.split("_")[1])
    package.unlink()
    shutil.rmtree(root)


def own(folder: Path) -> None:
    """PostgreSQL's own account makes its files in the folder."""
    account = postgres_server._account()
    os.chown(folder, account.pw_uid, account.pw_gid)


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """PostgreSQL over `folder`/pg, on a socket in that folder only."""
    if os.geteuid() == 0:
        own(folder)
    flags = f"{postgres_server.SAFE_ENOUGH} -k {folder} -c max_connections=100"
    control = ("-D", str(folder / "pg"), "-w", "-t", "60")
    tool(None, "pg_ctl", *control, "-l", str(folder / "pg.log"), "-o", flags, "start")
    try:
        yield
    finally:
        tool(None, "pg_ctl", *control, "-m", "fast", "stop")


def database(folder: Path, name: str, *arguments: str) -> None:
    tool(folder, name, *arguments)


def tool(folder: Path | None, name: str, *arguments: str) -> None:
    where = ("-h", str(folder), "-U", "postgres") if folder else ()
    try:
        postgres_server._run(postgres_server._tools() / name, *where, *arguments)
    except postgres_server.CannotStart as problem:
        raise CannotBuild(str(problem)) from problem


def odoo(cache: Path, folder: Path, name: str, command: str = "server") -> list[str]:
    return [str(cache / "venv" / "bin" / "python"), "-m", "odoo", command, "-d", name,
            "--db_host", str(folder), "--db_user", "odoo", "--data-dir", str(folder / "data"),
            "--log-level", "warn"]  # fmt: skip


def environment(cache: Path) -> dict[str, str]:
    home = {"HOME": str(cache), "TZ": "UTC"}
    return {"PYTHONPATH": str(cache / "deb" / "usr" / "lib" / "python3" / "dist-packages"), **home}


def step(
    what: str,
    command: list[str],
    env: dict[str, str] | None = None,
    folder: Path | None = None,
    stdin: Path | None = None,
) -> str:
    with (stdin or Path(os.devnull)).open("rb") as given:
        done = subprocess.run(
            command, env={**os.environ, **(env or {})}, capture_output=True, text=True,
            check=False, cwd=folder, stdin=given,
        )  # fmt: skip
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotBuild(f"Odoo lacks {what}: {words[-1] if words else 'no reason given'}")
    return done.stdout


def start(cache: Path, folder: Path, port: int) -> tuple[subprocess.Popen[bytes], OdooServer]:
    log = folder / "server.log"
    command = [*odoo(cache, folder, DATABASE), "--http-interface", "127.0.0.1", "--http-port",
               str(port), "--max-cron-threads", "0", "--db_maxconn", "40"]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **environment(cache)}
        )
    keys = json.loads((cache / "keys.json").read_text())
    server = OdooServer(f"http://127.0.0.1:{port}", DATABASE, log=log, cluster=folder, **keys)
    try:
        wait_until_ready(process, server)
    except BaseException:
        stop(process)
        raise
    return process, server


def wait_until_ready(process: subprocess.Popen[bytes], server: OdooServer) -> None:
    request = urllib.request.Request(
        f"{server.url}/json/2/res.users/context_get", data=b"{}",
        headers={"Authorization": f"bearer {server.key}", "Content-Type": "application/json"},
    )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            opener.open(request, timeout=START_SECONDS).close()
        except urllib.error.HTTPError as error:
            raise CannotBuild(f"Odoo answers {error.code} to its own key") from error
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise CannotBuild(f"Odoo did not start: {server.log.read_text()[-800:]}")
