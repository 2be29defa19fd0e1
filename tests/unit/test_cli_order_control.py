"""The commands that steer orders explain themselves, each with an example."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from causeway.cli import cli
from causeway.feed.steps import STEPS, sentence

COMMANDS = [
    "order show",
    "order hold",
    "order release",
    "mapping add",
    "mapping list",
    "mapping remove",
    "mapping word",
    "mapping test",
    "mapping export",
    "mapping try",
    "mapping import",
    "mapping history",
    "mapping diff",
    "mapping rollback",
    "connector list",
    "connector new",
    "connection check",
    "route explain",
    "return request",
    "return allow",
    "return refuse",
    "return receive",
    "connection shadow",
    "connection live",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_helps_with_an_example(command: str) -> None:
    answer = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert answer.exit_code == 0, answer.output
    assert f"causeway {command}" in answer.output


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_milestone_is_a_sentence(name: str) -> None:
    told = sentence({"name": name, "ref": "1", "detail": "SO-1"})
    assert told[0].isupper()
    assert told.endswith(".")
