"""causeway doctor: what is wrong, before it hurts."""

from __future__ import annotations

import sys

import click

from causeway import __version__, bootstrap
from causeway.cli.common import load_settings
from causeway.ops import health

_MARKS = {"pass": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command()
def doctor() -> None:
    """Check settings, ledger, disk, Redis and every connection; exit 1 if something fails.

    \b
    causeway doctor
    """
    settings = load_settings()
    parts = bootstrap.build(settings)
    click.echo(f"causeway {__version__}, Python {sys.version.split()[0]}")
    click.echo(f"settings: data in {settings.data_dir}, {len(settings.connections)} connections")
    failed = False
    for finding in health.summary(parts.context, parts.redis):
        failed |= finding.status == "fail"
        click.echo(f"{_MARKS[finding.status]}  {finding.name}: {finding.output}")
    for connection in settings.connections:
        check = parts.context.connector(connection.name).check()
        failed |= not check.ok
        click.echo(f"{'ok  ' if check.ok else 'FAIL'}  {connection.name}: {check.detail}")
        for problem in check.problems:
            click.echo(f"        {problem}")
    raise SystemExit(1 if failed else 0)
