"""The command `causeway`. Each subcommand is loaded only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from causeway import __version__

# command → module of this package that has it, under the same name with _ for -
COMMANDS = {
    "up": "up",
    "serve": "serve",
    "worker": "work",
    "pump": "work",
    "sandbox": "sandbox",
    "demo": "demo",
    "doctor": "doctor",
    "store": "store",
    "connection": "connection",
    "connector": "connector",
    "order": "order",
    "case": "case",
    "mapping": "mapping",
    "route": "route",
    "return": "return_",
    "delivery": "delivery",
    "replay": "replay",
    "erase": "erase",
    "ledger": "ledger",
    "stock": "stock",
    "price": "price",
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"causeway.cli.{COMMANDS[cmd_name]}")
        name = "return_" if cmd_name == "return" else cmd_name  # return is Python's own word
        command: click.Command = getattr(module, name)
        return command


@click.command(cls=LazyGroup)
@click.version_option(__version__, prog_name="causeway")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The settings file (TOML); CAUSEWAY_CONFIG names it too.",
)
def cli(config: Path | None) -> None:
    """A dry road between WooCommerce shops and the systems behind them.

    \b
    To see it all run:        causeway up --demo
    To run it for a shop:     causeway up
    To look at an order:      causeway order show 1042
    """
    if config is not None:
        os.environ["CAUSEWAY_CONFIG"] = str(config)


def main() -> None:
    """Entry of the command line: what goes wrong on purpose is a sentence, not a traceback."""
    from causeway.errors import CausewayError, ConfigError

    try:
        cli(prog_name="causeway")
    except ConfigError as error:
        click.echo("The settings cannot be used:", err=True)
        for problem in error.problems:
            click.echo(f"  - {problem}", err=True)
        sys.exit(2)
    except CausewayError as error:
        click.echo(f"causeway: {error}", err=True)
        sys.exit(1)
