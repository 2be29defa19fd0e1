"""causeway serve: the web process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from causeway.cli.common import load_settings

# gunicorn's heartbeat file: on a disk it would wait for it.
MEMORY = Path("/dev/shm")  # noqa: S108


@click.command()
def serve() -> None:
    """Serve the API and the pages with gunicorn; put a buffering proxy in front when exposed.

    \b
    causeway serve
    CAUSEWAY_SERVER__PORT=9000 causeway serve
    """
    server = load_settings().server
    options = [
        f"--bind={server.host}:{server.port}",
        "--worker-class=gthread",
        f"--workers={server.processes}",
        f"--threads={server.threads}",
        "--keep-alive=30",
        "--graceful-timeout=20",
        "--timeout=60",
        "--limit-request-field_size=8190",
        *([f"--worker-tmp-dir={MEMORY}"] if MEMORY.is_dir() else []),
        "--log-level=warning",
        "--name=causeway-web",
    ]
    # A process of its own: the master then holds gunicorn alone, the workers the application.
    os.execv(
        sys.executable, [sys.executable, "-m", "gunicorn", *options, "causeway.cli.wsgi:make()"]
    )
