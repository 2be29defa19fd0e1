"""Starting what is measured and ending it again, each by its own process id."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.place import PROJECT

START_SECONDS = 60.0
STOP_SECONDS = 30.0


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
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


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
