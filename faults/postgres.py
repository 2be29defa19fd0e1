"""A PostgreSQL server for each world: copied from one made once, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from faults.errors import LeftOut

ACCOUNT = "postgres"
DATABASE = "causeway"
# The machine itself does not fail here: what was written survives the death of processes.
FLAGS = "-c fsync=off -c full_page_writes=off -c max_connections=120 -c listen_addresses="
_made = threading.Lock()
_model: list[Path] = []


class Postgres:
    """A server in `folder`. Raises LeftOut when the machine has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tools = tools()
        model = _make_model(self._tools)
        _give(folder)
        _run("cp", "-a", str(model / "data"), str(folder / "data"))

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{ACCOUNT}@/{DATABASE}?host={self.folder}"

    def start(self) -> None:
        self._control("start", "-w", "-t", "60", "-l", str(self.folder / "log"),
                      "-o", f"{FLAGS} -k {self.folder}")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is as if it were killed: it recovers from its log at the next start."""
        self._control("stop", "-w", "-m", mode)

    def restart(self) -> None:
        """As if it were killed and started again."""
        self._control("restart", "-w", "-t", "60", "-m", "immediate", "-l",
                      str(self.folder / "log"), "-o", f"{FLAGS} -k {self.folder}")  # fmt: skip

    def running(self) -> bool:
        try:
            self._control("status")
        except RuntimeError:
            return False
        return True

    def terminate_connections(self) -> int:
        """End every connection of the sidecar's; how many."""
        import psycopg

        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
        where = f"host={self.folder} user={ACCOUNT} dbname={DATABASE}"
        with psycopg.connect(where, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _control(self, *arguments: str) -> None:
        _run(str(self._tools / "pg_ctl"), "-D", str(self.folder / "data"), *arguments)


def tools() -> Path:
    """The folder with the server's programs."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise LeftOut("PostgreSQL's server is not installed (package postgresql)")


def forget_model() -> None:
    """Remove the server that the others were copied from."""
    while _model:
        shutil.rmtree(_model.pop().parent, ignore_errors=True)


def _make_model(programs: Path) -> Path:
    with _made:
        if not _model:
            folder = Path(tempfile.mkdtemp(prefix="causeway-pg-", dir="/tmp")) / "model"
            folder.parent.chmod(0o755)
            folder.mkdir()
            _give(folder)
            data = str(folder / "data")
            _run(str(programs / "initdb"), "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8",
                 "-N")  # fmt: skip
            control = [str(programs / "pg_ctl"), "-D", data]
            _run(*control, "start", "-w", "-l", str(folder / "log"), "-o", f"{FLAGS} -k {folder}")
            _run(str(programs / "createdb"), "-h", str(folder), "-U", ACCOUNT, DATABASE)
            _run(*control, "stop", "-w", "-m", "fast")
            _model.append(folder)
        return _model[0]


def _give(folder: Path) -> None:
    """PostgreSQL does not run as root: the folder becomes its account's."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _run(*command: str) -> None:
    words = list(command)
    if os.geteuid() == 0:
        words = ["runuser", "-u", ACCOUNT, "--", *words]
    with tempfile.TemporaryFile() as output:  # a server that inherits a pipe would keep it open
        done = subprocess.run(
            words, env={**os.environ, "LC_ALL": "C.UTF-8"}, stdout=output, stderr=output, cwd="/",
            timeout=120, check=False,
        )  # fmt: skip
        output.seek(0)
        said = output.read().decode(errors="replace").strip().splitlines()[-1:]
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {said[0] if said else 'no word'}")
