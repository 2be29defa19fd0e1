"""Keeps the processes of `causeway up` alive: starts them in order, restarts what dies, stops all.

Loads nothing but the standard library: it stays small beside those that do the work.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

READY_SECONDS = 60.0
# The longest each stage of a stop may take: see STAGES.
STOP_SECONDS = {"web": 10.0, "work": 25.0, "needed": 5.0}
RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1
# What the others work with: stopped after them.
NEEDED = ("redis", "sandbox")
STAGES = ("web", "work", "needed")


class Supervisor:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.environ = {**os.environ, **plan["environ"], "MALLOC_ARENA_MAX": "2"}
        self.log_path = Path(plan["data_dir"]) / "causeway.log"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.failures: dict[str, int] = {}
        self.due: dict[str, float] = {}
        self.stopping = False
        self.hurried = False

    def run(self) -> int:
        """Until a signal ends it, or the demo does. The exit code to leave with."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        began = time.monotonic()
        try:
            for process in self.plan["processes"]:
                self._start(process)
            if not self._wait_until_ready():
                if self.stopping:
                    return 0
                say(f"It did not become ready; see {self.log_path}")
                return 1
            self._greet(time.monotonic() - began)
            if self.plan["demo"]:
                return self._play()
            while not self.stopping:
                self._look_after()
                time.sleep(0.2)
            return 0
        finally:
            self._stop_all()

    def _start(self, process: dict[str, Any]) -> None:
        with self.log_path.open("ab") as log:
            self.log_path.chmod(0o600)
            self.running[process["name"]] = subprocess.Popen(
                process["command"],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - there are no threads here
            )

    def _wait_until_ready(self) -> bool:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self.stopping:
            if is_ready(self.plan["host"], self.plan["port"]):
                return True
            self._look_after()
            time.sleep(0.05)
        return False

    def _look_after(self) -> None:
        """Start again what ended, a little later each time it does so at once."""
        now = time.monotonic()
        for process in self.plan["processes"]:
            name = process["name"]
            child = self.running.get(name)
            if child is not None and child.poll() is not None:
                count = self.failures[name] = self.failures.get(name, 0) + 1
                wait = min(RESTART_SECONDS * 2 ** (count - 1), LONGEST_RESTART_SECONDS)
                say(f"{name} ended ({child.returncode}); it starts again in {wait:.0f} s")
                del self.running[name]
                self.due[name] = now + wait
            elif child is None and now >= self.due.get(name, now):
                self._start(process)

    def _play(self) -> int:
        child = subprocess.Popen(
            self.plan["demo"], env={**self.environ, **self.plan["demo_environ"]}
        )
        while child.poll() is None and not self.stopping:
            self._look_after()
            time.sleep(0.1)
        if child.poll() is None:
            child.terminate()
        return child.wait()

    def _stop_all(self) -> None:
        """First nothing more comes in, then what was begun is finished, then what it needs ends.

        Each stage has its time; what takes longer, and all that is left when a second signal
        comes, is ended at once. That loses nothing: leases run out, and what was being sent is
        looked up.
        """
        for stage in STAGES:
            names = [p["name"] for p in self.plan["processes"] if stage_of(p["name"]) == stage]
            children = [self.running[name] for name in names if name in self.running]
            for child in children:
                if child.poll() is None:
                    child.send_signal(signal.SIGTERM)
            self._wait_for(children, time.monotonic() + STOP_SECONDS[stage])

    def _wait_for(self, children: list[subprocess.Popen[bytes]], end: float) -> None:
        while not self.hurried and time.monotonic() < end:
            if all(child.poll() is not None for child in children):
                return
            time.sleep(0.05)
        for child in children:
            if child.poll() is None:
                _kill_session(child)

    def _on_signal(self, *_: object) -> None:
        self.hurried = self.stopping
        self.stopping = True

    def _greet(self, seconds: float) -> None:
        plan = self.plan
        say(f"Causeway is ready ({seconds:.1f} s).\n")
        say(f"  operations   {plan['url']}/ops/")
        if plan["password"]:
            say(f"               password: {plan['password']}")
        say(f"  queues       {plan['url']}/ops/queues/")
        say(f"  health       {plan['url']}/healthz")
        if plan["sandbox"]:
            say(f"  sandbox      {plan['sandbox']}")
        say(f"  log          {self.log_path}")
        if not plan["demo"]:
            words = f"CAUSEWAY_DATA_DIR={plan['data_dir']} {plan['command']}"
            say(f"  commands     {words} order show NUMBER")
        say(f"\n  Pairing code of store “{plan['store']}” (whoever has it is the shop):")
        say(f"  {plan['pairing']}\n")
        if not plan["demo"]:
            say("Ctrl-C ends it; nothing is lost.")


def is_ready(host: str, port: int) -> bool:
    """Whether /readyz answers 200; a plain socket, since an HTTP client weighs 8 MB."""
    try:
        with socket.create_connection((host, port), timeout=2) as line:
            line.sendall(f"GET /readyz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            return line.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def stage_of(name: str) -> str:
    """When a process is stopped: the door first, those who work next, what they need last."""
    if name in NEEDED:
        return "needed"
    return "web" if name == "web" else "work"


def _kill_session(child: subprocess.Popen[bytes]) -> None:
    """The child and all that it started: it leads a session of its own.

    A worker's job is in a process group of its own, so the group alone would leave it at work.
    """
    for pid in [*_in_session(child.pid), child.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    child.wait()


def _in_session(leader: int) -> list[int]:
    """The processes of a session, from proc(5); none where there is no /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The name in the second field may hold anything; the session is the sixth.
            if int(path.read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(int(path.parent.name))
    return found


def say(text: str) -> None:
    print(text, flush=True)


def _end_with_parent() -> None:
    """Should the supervisor be killed, its children get SIGTERM (prctl(2), Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> int:
    path = Path(sys.argv[1])
    plan = json.loads(path.read_text())
    path.unlink()  # it holds secrets, and has been read
    return Supervisor(plan).run()


if __name__ == "__main__":
    sys.exit(main())
