"""causeway connector: the kinds of systems that can be connected, and how to add one."""

from __future__ import annotations

from pathlib import Path

import click

from causeway.cli.common import table
from causeway.connectors import kit, registry
from causeway.connectors.base import CONTRACT


@click.group()
def connector() -> None:
    """See which systems can be connected, and add the next."""


@connector.command(name="list")
def list_() -> None:
    """Show each kind of connection, who brings it, and whether it can be used.

    \b
    causeway connector list
    """
    rows = [[name, "Causeway", ", ".join(registry.roles(name)), CONTRACT, "well"]
            for name in sorted(registry.KINDS)]  # fmt: skip
    rows += [_brought(name, kind) for name, kind in registry.packages()]
    click.echo(table(["kind", "brought by", "roles", "contract", "state"], rows))


@connector.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a package of its own there (causeway-NAME).",
)
@click.option(
    "--inside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Or write into this checkout of Causeway, beside its own connectors.",
)
def new(name: str, into: Path | None, inside: Path | None) -> None:
    """Write a connector that runs, to be changed step by step into yours.

    It talks to a system that does not exist and passes the conformance suite against a double of
    it. connectors/KIT.md says what to change, in which order.

    \b
    causeway connector new bexio --into causeway-bexio
    causeway connector new bexio --inside .
    """
    if into and inside:
        raise click.UsageError("--into and --inside are two places; give one of them")
    if inside:
        _say(kit.new_folder(name, inside), inside)
        click.echo(f"\nNow:  ./scripts/test tests/conformance/test_{name}.py")
        return
    folder = into or Path(f"causeway-{name.replace('_', '-')}")
    _say(kit.new_package(name, folder), folder)
    click.echo(f"\nNow:  cd {folder} && pip install -e '.[test]' && pytest")


def _say(written: list[Path], folder: Path) -> None:
    for path in written:
        click.echo(f"  {path.relative_to(folder)}")
    click.echo("Next: read the double, then make client.py and mapper.py speak to the real one.")


def _brought(name: str, kind: registry.Kind) -> list[str]:
    if kind.refused:
        return [name, kind.package, "—", "—", f"refused: {kind.refused}"]
    if why := registry.problem(name):
        return [name, kind.package, "—", "—", why]
    written_for = registry.contract(name)
    state = "well" if written_for == CONTRACT else f"well; what came after {written_for} it lacks"
    return [name, kind.package, ", ".join(registry.roles(name)), written_for, state]
