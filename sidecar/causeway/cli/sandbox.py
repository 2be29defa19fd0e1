"""causeway sandbox: the back office to play with, on its own."""

from __future__ import annotations

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.pass_context
def sandbox(context: click.Context) -> None:
    """Serve an ERP and a warehouse to play with.

    \b
    causeway sandbox --data ./sandbox --token play --port 8085
    """
    from causeway.sandbox.command import main

    context.exit(main(context.args))
