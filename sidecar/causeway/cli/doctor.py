"""causeway doctor: what is wrong, before it hurts."""

from __future__ import annotations

import sys

import click

from causeway import __version__, bootstrap
from causeway.cli.common import load_settings
from causeway.connectors import registry
from causeway.engine.checks import checked
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
        check = checked(parts.context.connector(connection.name))
        failed |= not check.ok
        click.echo(f"{'ok  ' if check.ok else 'FAIL'}  {connection.name}: {check.detail}")
        for problem in check.problems:
            click.echo(f"        {problem}")
    for sentence in _connectors():
        click.echo(f"warn  connectors: {sentence}")
    raise SystemExit(1 if failed else 0)


def _connectors() -> list[str]:
    """What installed packages bring that cannot be used, configured or not."""
    found = []
    for name, kind in registry.packages():
        if why := kind.refused or registry.problem(name):
            found.append(f"{name} of {kind.package} is not used: {why}")
    return found
