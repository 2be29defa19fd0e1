"""The command `causeway`. Each subcommand is loaded only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from causeway import __version__

# command → module of this package that has it, under the same name with _ for -, and what it is for
COMMANDS = {
    "up": (
        "up",
        "Start web, workers, pump and, where none is configured, Redis and a sandbox back office.",
    ),
    "serve": (
        "serve",
        "Serve the API and the pages with gunicorn; put a buffering proxy in front when exposed.",
    ),
    "worker": ("work", "Take jobs of the lanes, all of them if none is named."),
    "pump": ("work", "Look into the ledger every second and hint at what is due."),
    "sandbox": ("sandbox", "Serve an ERP and a warehouse to play with."),
    "demo": ("demo", "Send the orders of FOLDER as their shop would, and follow each to its end."),
    "doctor": (
        "doctor",
        "Check settings, ledger, disk, Redis and every connection; exit 1 if something fails.",
    ),
    "store": ("store", "Add shops, show their pairing codes, renew their secrets."),
    "connection": ("connection", "Check the back offices, and go on with one that was paused."),
    "connector": ("connector", "See which systems can be connected, and add the next."),
    "order": ("order", "Look at orders."),
    "case": ("case", "Look at open cases, and deal with them."),
    "mapping": ("mapping", "Say what a connection calls the shop's words."),
    "route": ("route", "Explain which connection books and which warehouses send an order."),
    "return": ("return_", "Ask for, allow and receive returns."),
    "delivery": ("delivery", "Look at deliveries that are not done, and try one again."),
    "replay": (
        "replay",
        "Replay deliveries, an order, a case or events; see first what would be sent.",
    ),
    "erase": (
        "erase",
        "Remove names, addresses and e-mails from orders, events and deliveries; amounts stay.",
    ),
    "ledger": ("ledger", "Look after the ledger: migrate, back up, restore."),
    "stock": ("stock", "Explain, check and correct stock."),
    "price": ("price", "Say a store's own prices; look at held changes, approve or refuse them."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"causeway.cli.{COMMANDS[cmd_name][0]}")
        name = "return_" if cmd_name == "return" else cmd_name  # return is Python's own word
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All of them, and none is loaded for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


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
