"""The table of connectors and promises in their README is what the suite has just found."""

from __future__ import annotations

from pathlib import Path

import pytest

from causeway import connectors
from causeway.connectors.conformance import PROMISES
from causeway.connectors.conformance import plugin as promises

README = Path(connectors.__file__).parent / "README.md"


def test_the_readme_says_what_the_suite_found(pytestconfig: pytest.Config) -> None:
    """Runs last. Of systems that were not at hand in this run nothing is compared."""
    found = promises.as_found(pytestconfig)
    if not found:
        pytest.skip("no connector was held to the suite in this run")
    told = promises.written(README.read_text(encoding="utf-8"))
    wrong = promises.differences(told, found, whole=_is_whole(pytestconfig))
    assert not wrong, "\n".join(["connectors/README.md is not what ran:", *wrong])


def test_the_readme_has_every_promise_of_the_suite() -> None:
    told = promises.written(README.read_text(encoding="utf-8"))
    for system, cells in told.items():
        assert list(cells) == list(PROMISES), system
        assert set(cells.values()) <= {"real", "simulated", promises.NOT_PROMISED}, system


def test_a_cell_that_is_not_what_ran_is_named() -> None:
    words = PROMISES[0]
    told = {"Tryton": {words: "real", PROMISES[1]: "real"}}
    found = {"Tryton": {words: "BROKEN"}, "Odoo": {}}
    assert promises.differences(told, found, whole=False) == [
        f"Tryton, “{words}”: it says real, the suite found BROKEN",
        "Odoo has no column",
    ]
    wrong = promises.differences(told, found, whole=True)
    assert f"Tryton, “{PROMISES[1]}”: it says real, the suite found not promised" in wrong


def test_a_table_is_read_as_it_is_written() -> None:
    rows = [
        "| promise | Odoo 19.0 | memory |",
        "| --- | --- | --- |",
        "| a | real | not promised |",
    ]
    text = "\n".join(["before", "", *rows, "", "after | b"])
    assert promises.written(text) == {"Odoo 19.0": {"a": "real"}, "memory": {"a": "not promised"}}


def _is_whole(config: pytest.Config) -> bool:
    """Whether nothing was picked out: then a promise without a test is not promised."""
    picked = config.option.keyword or config.option.markexpr or config.option.deselect
    return not picked and not any("::" in arg or arg.endswith(".py") for arg in config.args)
