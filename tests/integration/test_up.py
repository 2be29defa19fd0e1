"""The whole sidecar as a person starts it: real processes, real Redis, the sandbox's own books."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.world import CONTRACT

ORDERS = CONTRACT / "woocommerce"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def up(data: Path, *arguments: str) -> list[str]:
    port = str(free_port())
    return [sys.executable, "-m", "causeway.cli", "up", "--data", str(data), "--port", port,
            *arguments]  # fmt: skip


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("CAUSEWAY_")}


def demo(data: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = up(data, "--demo", str(folder))
    return subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=180, check=False
    )


def processes_of(data: Path) -> list[str]:
    """Command lines that mention the data folder: whatever was left running of a sidecar."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"CAUSEWAY_DATA_DIR={data}".encode() in path.read_bytes():
                found.append((path.parent / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


def payload(name: str, number: int, **order: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ORDERS / f"{name}.json").read_text(encoding="utf-8"))
    data["order"] |= {"id": number, "number": str(number), **order}
    return data


def test_every_real_order_arrives_exactly_once_or_is_a_case_that_says_why(tmp_path: Path) -> None:
    found = demo(tmp_path / "data", ORDERS)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "16 booked exactly once (the ERP's own books agree)" in found.stdout
    assert "2 held with a case that says why, 3 rightly not booked" in found.stdout
    assert processes_of(tmp_path / "data") == []


def test_orders_that_make_no_sense_become_cases_and_do_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    wanted: dict[str, Any] = {
        "good": payload("simple_cod", 901),
        "misses_by_a_cent": payload("simple_cod", 902, total="35.59"),
        "misses_by_far": payload("simple_cod", 903, total="99.99"),
        "no_order": {"order": {}},
        "nonsense": {"order": {"id": 904, "line_items": 7}, "refunds": None},
    }
    for name, content in wanted.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    found = demo(tmp_path / "data", folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Order 903 misses its own total by 64.41 EUR" in found.stdout
    assert "5 orders: 2 booked exactly once" in found.stdout


def test_a_demo_of_no_orders_ends_with_a_sentence(tmp_path: Path) -> None:
    found = demo(tmp_path / "data", tmp_path)
    assert found.returncode == 1
    assert 'has no *.json with {"order"' in found.stderr


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        up(tmp_path / "data"), env=clean_environment(), stdout=subprocess.PIPE, text=True
    )
    yield running
    running.send_signal(signal.SIGTERM)
    running.wait(40)
    assert processes_of(tmp_path / "data") == []


def greeting(running: subprocess.Popen[str]) -> dict[str, str]:
    """What it prints once it is ready: addresses, password, pairing code."""
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    text = "".join(lines)
    code = re.search(r"causeway1\.\S+", text)
    operations = re.search(r"operations\s+(\S+)/ops/", text)
    assert code is not None, text
    assert operations is not None, text
    return {"pairing": code.group(), "url": operations.group(1)}


def play(said: dict[str, str], data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "causeway.cli", "demo", str(ORDERS)],
        env={
            **clean_environment(),
            "CAUSEWAY_PAIRING": said["pairing"],
            "CAUSEWAY_DATA_DIR": str(data),
        },
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def worker_of(data: Path, lane: str) -> int:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            ours = f"CAUSEWAY_DATA_DIR={data}".encode() in (path.parent / "environ").read_bytes()
            if ours and path.read_bytes().endswith(f"worker\0{lane}\0".encode()):
                return int(path.parent.name)
        except OSError:
            continue
    raise AssertionError(f"no worker of lane {lane}")


def test_a_killed_worker_and_an_emptied_redis_lose_nothing_and_double_nothing(
    sidecar: subprocess.Popen[str], tmp_path: Path
) -> None:
    from redis import Redis

    data = tmp_path / "data"
    said = greeting(sidecar)
    os.kill(worker_of(data, "orders"), signal.SIGKILL)
    with Redis(unix_socket_path=str(data / "redis.sock")) as redis:
        redis.flushall()
    found = play(said, data)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "16 booked exactly once" in found.stdout
    again = play(said, data)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "0 accepted, 21 known already" in again.stdout


def test_an_order_can_be_asked_for_on_the_command_line(
    sidecar: subprocess.Popen[str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    said = greeting(sidecar)
    assert play(said, data).returncode == 0
    environ = {**clean_environment(), "CAUSEWAY_DATA_DIR": str(data)}

    def causeway(*words: str) -> str:
        command = [sys.executable, "-m", "causeway.cli", *words]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    assert "booked" in causeway("order", "show", "55")
    assert "Order 74: 1 of its products without a SKU" in causeway("case", "list")
    assert "well" in causeway("connection", "list")
    assert "ok    ledger" in causeway("doctor")
    assert "demo" in causeway("store", "list")
