"""How everything is stopped: the door first, the work next, what it needs last, and on time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SECONDS = 60

# Writes down when it was asked to end and when it did; `stubborn` ones never do.
PROCESS = """
import os, signal, sys, time
name, seconds, log = sys.argv[1], float(sys.argv[2]), sys.argv[3]

def note(what):
    with open(log, "a") as file:
        file.write(f"{name} {what}\\n")

def end(*_):
    note("asked")
    if seconds < 0:
        return
    time.sleep(seconds)
    note("ended")
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
if seconds < 0 and os.fork() == 0:
    os.setpgrp()  # as RQ starts a job
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(log, "a") as file:
        file.write(f"job {os.getpid()}\\n")
    time.sleep(600)
note("started")
while True:
    time.sleep(0.05)
"""


def start(folder: Path, processes: dict[str, float]) -> subprocess.Popen[str]:
    script, log = folder / "process.py", folder / "log"
    script.write_text(PROCESS)
    log.touch()
    plan: dict[str, Any] = {
        "data_dir": str(folder),
        "environ": {},
        "host": "127.0.0.1",
        "port": 1,  # nobody answers there: it never becomes ready
        "demo": [],
        "processes": [
            {"name": name, "command": [sys.executable, str(script), name, str(seconds), str(log)]}
            for name, seconds in processes.items()
        ],
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-m", "causeway.cli.supervisor", str(folder / "plan.json")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    wait_for(folder, "started", len(processes))
    return running


def said(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def wait_for(folder: Path, word: str, times: int) -> None:
    end = time.monotonic() + SECONDS
    while sum(word in line for line in said(folder)) < times:
        assert time.monotonic() < end, said(folder)
        time.sleep(0.02)


def test_each_stage_ends_before_the_next_is_asked(tmp_path: Path) -> None:
    times = {"redis": 0.0, "sandbox": 0.0, "web": 0.3, "pump": 0.0, "worker-orders": 0.3}
    running = start(tmp_path, times)
    running.send_signal(signal.SIGTERM)
    assert running.wait(SECONDS) == 0
    lines = [line for line in said(tmp_path) if not line.endswith("started")]
    assert lines[:2] == ["web asked", "web ended"]
    work, needed = lines[2:6], lines[6:]
    assert {line.split()[0] for line in work} == {"pump", "worker-orders"}
    assert {line.split()[0] for line in needed} == {"redis", "sandbox"}
    assert len(lines) == 10


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once_what_does_not_end_by_itself(
    tmp_path: Path, second: signal.Signals
) -> None:
    running = start(tmp_path, {"redis": 0.0, "web": 0.0, "worker-orders": -1.0})
    wait_for(tmp_path, "job", 1)
    running.send_signal(signal.SIGTERM)
    wait_for(tmp_path, "worker-orders asked", 1)
    assert running.poll() is None
    running.send_signal(second)
    assert running.wait(SECONDS) == 0
    (job,) = [int(line.split()[1]) for line in said(tmp_path) if line.startswith("job")]
    end = time.monotonic() + SECONDS
    while not gone(job):
        assert time.monotonic() < end, "the job works on"
        time.sleep(0.02)
