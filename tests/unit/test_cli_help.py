"""`causeway --help` says what each command is for, and loads none of them for it."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from causeway.cli import COMMANDS, cli

HEAVY = {"flask", "sqlalchemy", "redis", "rq", "requests", "marshmallow"}
LOADED = f"""
import sys
from causeway.cli import cli
try:
    cli(["--help"], prog_name="causeway")
finally:
    print("loaded:", *({HEAVY} & set(sys.modules)))
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_its_own_help_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    _, told = COMMANDS[name]
    assert command.get_short_help_str(limit=200).rstrip(".") == told.rstrip(".")


def test_the_list_loads_no_command() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"
