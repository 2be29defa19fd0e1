"""What `causeway up` brings itself where nothing is configured: Redis, a sandbox, passwords."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_DATA = "~/.local/share/causeway"
LONGEST_SOCKET = 100  # sun_path holds 108 bytes with its end


@dataclass(frozen=True, slots=True)
class Embedded:
    """`environ` is what the processes are started with; `sandbox` and `redis` what to start."""

    data_dir: Path
    environ: dict[str, str]
    redis_socket: Path | None
    sandbox_port: int | None
    sandbox_token: str


def prepare(configured: Mapping[str, Any], data_dir: Path) -> Embedded:
    """Make what is missing from `configured` (the file's and the environment's values).

    Secrets are made once and kept in the data folder, readable by its owner only.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _secrets(data_dir)
    found = {"CAUSEWAY_DATA_DIR": str(data_dir)}
    redis_socket = None
    if not configured.get("redis", {}).get("url"):
        redis_socket = _socket(data_dir)
        found["CAUSEWAY_REDIS__URL"] = f"unix://{redis_socket}"
    ops = configured.get("ops", {})
    if not ops.get("password"):
        found["CAUSEWAY_OPS__PASSWORD"] = kept["ops_password"]
    if not ops.get("session_key"):
        found["CAUSEWAY_OPS__SESSION_KEY"] = kept["session_key"]
    port = None
    if not configured.get("connections"):
        port = _sandbox_port(data_dir)
        found.update(_sandbox_connections(port, kept["sandbox_token"]))
    return Embedded(data_dir, found, redis_socket, port, kept["sandbox_token"])


def leave_behind(embedded: Embedded, environ: Mapping[str, str]) -> None:
    """Keep what the processes run with, so that `causeway order show` finds the same ledger."""
    names = {*embedded.environ, "CAUSEWAY_SERVER__PORT", "CAUSEWAY_SERVER__PUBLIC_URL"}
    kept = {name: environ[name] for name in sorted(names) if name in environ}
    _write_private(embedded.data_dir / "environment.json", kept)


def left_behind(environ: Mapping[str, str]) -> dict[str, str]:
    """What the last `causeway up` on this data folder ran with; empty when there was none."""
    data_dir = Path(environ.get("CAUSEWAY_DATA_DIR", DEFAULT_DATA)).expanduser()
    try:
        found: dict[str, str] = json.loads((data_dir / "environment.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def _sandbox_connections(port: int, token: str) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    found = {}
    for name, role in (("erp", "erp"), ("wms", "fulfilment")):
        prefix = f"CAUSEWAY_CONNECTIONS__{name.upper()}__"
        found[f"{prefix}KIND"] = f"sandbox_{name}"
        found[f"{prefix}URL"] = url
        found[f"{prefix}TOKEN"] = token
        found[f"{prefix}ROLES"] = role
        found[f"{prefix}POLL_SECONDS"] = "1" if name == "wms" else "5"
    return found


def _sandbox_port(data_dir: Path) -> int:
    """The port the sandbox of this data folder had before, if nobody has it now, or a new one.

    The kernel chooses a new one, so that sidecars which start together do not meet in one sandbox.
    """
    path = data_dir / "sandbox-port"
    try:
        before = int(path.read_text())
    except (OSError, ValueError):
        before = 0
    for port in (before, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()  # two may bind a port that nobody listens on; only one may listen
            except OSError:
                continue
            chosen = int(probe.getsockname()[1])
            path.write_text(str(chosen))
            return chosen
    raise OSError("no port is free on 127.0.0.1")


def _secrets(data_dir: Path) -> dict[str, str]:
    path = data_dir / "secrets.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        kept = {
            "ops_password": secrets.token_urlsafe(12),
            "session_key": secrets.token_urlsafe(32),
            "sandbox_token": secrets.token_urlsafe(24),
        }
        _write_private(path, kept)
    return kept


def _socket(data_dir: Path) -> Path:
    """In the data folder, or in a folder of our own under /tmp where that path is too long."""
    path = data_dir / "redis.sock"
    if len(str(path)) < LONGEST_SOCKET:
        return path
    short = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"causeway-{os.getuid()}-{short}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "redis.sock"


def _write_private(path: Path, values: Mapping[str, str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(values, file, indent=1)
