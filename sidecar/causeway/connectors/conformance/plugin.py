"""Which connector keeps which promise, as the suite found: a table that pytest prints at the end.

A conftest.py that imports the three `pytest_…` hooks has it. A README can have the same table:
`differences` says where it is not what ran.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from typing import Any

import pytest

from causeway.connectors.conformance.promises import PROMISES

HEAD = "| promise |"
NOT_PROMISED = "not promised"
Found = defaultdict[str, defaultdict[str, set[str]]]
_KEY = pytest.StashKey[Found]()
_KINDS = pytest.StashKey[dict[str, str]]()
Table = dict[str, dict[str, str]]
"""System → promise → `real`, `simulated`, `not promised`, or `BROKEN`."""


def remember(item: pytest.Item, outcome: str) -> None:
    """`outcome` of one test; tests that show no promise do not count."""
    test = getattr(item, "function", None)
    words, owner = getattr(test, "promise", None), getattr(item, "cls", None)
    if words is None or owner is None or not getattr(owner, "system", ""):
        return
    empty: Found = defaultdict(lambda: defaultdict(set))
    found = item.config.stash.setdefault(_KEY, empty)
    found[owner.system][words].add(outcome)
    kinds = item.config.stash.setdefault(_KINDS, {})
    kinds[owner.system] = "simulated" if owner.simulated else "real"


def as_found(config: pytest.Config) -> Table:
    """What this run has shown so far, of the systems it had. Empty where no test has run."""
    found = config.stash.get(_KEY, Found())
    kinds = config.stash.get(_KINDS, {})
    return {
        system: {words: _word(outcomes, kinds[system]) for words, outcomes in promises.items()}
        for system, promises in sorted(found.items())
    }


def table(config: pytest.Config) -> list[str]:
    """The table as Markdown."""
    found = as_found(config)
    if not found:
        return []
    rows = [["promise", *found], ["---"] * (len(found) + 1)]
    rows += [
        [words, *(promises.get(words, NOT_PROMISED) for promises in found.values())]
        for words in PROMISES
    ]
    return ["| " + " | ".join(row) + " |" for row in rows]


def written(text: str) -> Table:
    """The table as a README has it."""
    lines = text[text.index(HEAD) :].splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    end = next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))
    systems = rows[0][1:]
    return {
        system: {row[0]: row[place] for row in rows[2:end]}
        for place, system in enumerate(systems, start=1)
    }


def differences(told: Table, found: Table, *, whole: bool) -> list[str]:
    """One sentence for each cell of `told` that is not what was found.

    Of systems that did not run nothing is said; nor, unless the run was `whole`, of promises
    that no test of this run showed.
    """
    wrong = []
    for system, promises in found.items():
        if system not in told:
            wrong.append(f"{system} has no column")
            continue
        for words in PROMISES:
            is_so = promises.get(words, NOT_PROMISED if whole else None)
            says = told[system].get(words, "nothing")
            if is_so is not None and says != is_so:
                wrong.append(f"{system}, “{words}”: it says {says}, the suite found {is_so}")
    return wrong


def _word(outcomes: set[str], kind: str) -> str:
    if "failed" in outcomes:
        return "BROKEN"
    return kind if "passed" in outcomes else NOT_PROMISED


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" or report.failed:
        remember(item, report.outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if rows := table(terminalreporter.config):
        terminalreporter.section("connectors and promises")
    for row in rows:
        terminalreporter.write_line(row)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What compares the table runs when all that fills it has run."""
    items.sort(key=lambda item: item.path.name == "test_table.py")
