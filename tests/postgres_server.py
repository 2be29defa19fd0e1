"""A PostgreSQL server of our own for the length of a test session, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

ACCOUNT = "postgres"
START_SECONDS = 60
SAFE_ENOUGH = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses="


class CannotStart(Exception):
    """Why there is no server, as a sentence."""


class PostgresServer:
    """Hands out empty databases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.model = ""
        """A database with the newest schema, to be copied."""
        self._numbers = count(1)
        self._spare: list[str] = []

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{ACCOUNT}@/{database}?host={self._folder}"

    def new_database(self, template: str = "template0") -> str:
        """A fresh database's name; a copy of `template`."""
        name = f"causeway_{next(self._numbers)}"
        dsn = f"host={self._folder} user={ACCOUNT} dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def lend(self) -> str:
        """The name of a database with the newest schema and nothing in it."""
        return self._spare.pop() if self._spare else self.new_database(self.model)

    def take_back(self, name: str) -> None:
        """Empty it for the next test; one whose tables a test has changed is not used again."""
        tables = self._tables(self.model)
        if self._tables(name) != tables:
            return
        with psycopg.connect(self._dsn(name), autocommit=True) as connection:
            names = ", ".join(table for table in tables if table != "alembic_version")
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
        self._spare.append(name)

    def _tables(self, name: str) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        with psycopg.connect(self._dsn(name), autocommit=True) as connection:
            return [row[0] for row in connection.execute(query)]

    def _dsn(self, name: str) -> str:
        options = "-c lock_timeout=5000"
        return f"host={self._folder} user={ACCOUNT} dbname={name} options='{options}'"


@contextmanager
def running(options: str = SAFE_ENOUGH) -> Iterator[PostgresServer]:
    """Start a server, end it by its own pid. Raises CannotStart, saying what is missing."""
    tools = _tools()
    folder = Path(tempfile.mkdtemp(prefix="causeway-pg-"))
    try:
        if os.geteuid() == 0:
            account = _account()
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _run(tools / "initdb", "-D", str(data), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "-N")
        flags = f"{options} -k {folder} -c max_connections=200"
        log = str(folder / "log")
        control = ("-D", str(data), "-w", "-t", str(START_SECONDS), "-l", log)
        _run(tools / "pg_ctl", *control, "-o", flags, "start")
        try:
            yield PostgresServer(folder)
        finally:
            _run(tools / "pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tools() -> Path:
    """The folder with initdb and pg_ctl."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    named = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for folder in [*installed, *named]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise CannotStart("PostgreSQL is not installed; the package `postgresql` brings its server")


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise CannotStart(
            "PostgreSQL does not run as root and there is no account `postgres`; the package "
            "`postgresql` makes it"
        ) from error


def _run(tool: Path, *arguments: str) -> None:
    command = [str(tool), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", ACCOUNT, "--", *command]
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        # Its output goes to files: a server that inherits a pipe keeps it open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                env=environ,
                stdout=output,
                stderr=output,
                cwd="/",
                timeout=120,
                check=False,
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"PostgreSQL's {tool.name} cannot be run ({error})") from error
    if done.returncode:
        last = said.strip().splitlines()[-1:] or ["no word"]
        raise CannotStart(f"PostgreSQL's {tool.name} failed: {last[0]}")
