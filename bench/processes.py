"""Starting what is measured and ending it again, each by its own process id."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.place import PROJECT

START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.02


class DidNotStart(Exception):
    """What was not ready in time, with the last line it wrote."""


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of the block: SIGTERM at its end, SIGKILL if that does not do."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            env=dict(environ),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield child
    finally:
        _end(child)


def wait_until(
    ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, pause: float = 0.02
) -> None:
    """Return when `ready` says so. Raises DidNotStart when the process ends or time is up."""
    end = time.monotonic() + START_SECONDS
    while not ready():
        if child.poll() is not None or time.monotonic() > end:
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no word"]
            raise DidNotStart(f"{Path(str(child.args[0])).name} did not become ready: {last[0]}")  # type: ignore[index]
        time.sleep(pause)


def answers(port: int, path: str, status: int = 200) -> bool:
    """Whether GET `path` is answered with `status`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == status
    except OSError:
        return False
    finally:
        connection.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then end what is left of it and of all that it had started."""
    known = _descendants(child.pid)
    child.terminate()
    end = time.monotonic() + STOP_SECONDS
    while child.poll() is None and time.monotonic() < end:
        known.update(_descendants(child.pid))
        time.sleep(LOOK_SECONDS)
    if child.poll() is None:
        child.kill()
        child.wait()
    for pid, born in known.items():
        if born and _born(pid) == born:  # the same one, not a newcomer under its number
            _kill(pid)
    while any(born and _born(pid) == born for pid, born in known.items()):
        time.sleep(LOOK_SECONDS)


def _descendants(parent: int) -> dict[int, str]:
    """By process id, when each began."""
    return {pid: _born(pid) for pid in family(parent) if pid != parent}


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _born(pid: int) -> str:
    """When a living process began, in the kernel's ticks; empty for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def family(pid: int) -> list[int]:
    """The process and all that descend from it (Linux)."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for parent in found:
        found.extend(sorted(children.get(parent, [])))
    return found


def cpu_seconds(pid: int) -> float:
    """The processor time of one process so far, user and system; 0.0 for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
