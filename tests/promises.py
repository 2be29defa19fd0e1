"""Which connector keeps which promise, as the conformance suite found: a table after the tests."""

from __future__ import annotations

from collections import defaultdict

import pytest

from causeway.connectors.conformance import PROMISES

_KEY = pytest.StashKey[dict[str, dict[str, set[str]]]]()


def remember(item: pytest.Item, outcome: str) -> None:
    """`outcome` of one test; tests that show no promise do not count."""
    test = getattr(item, "function", None)
    words, owner = getattr(test, "promise", None), getattr(item, "cls", None)
    if words is None or owner is None or not getattr(owner, "system", ""):
        return
    found = item.config.stash.setdefault(_KEY, defaultdict(lambda: defaultdict(set)))
    name = f"{owner.system} ({'simulated' if owner.simulated else 'real'})"
    found[name][words].add(outcome)


def table(config: pytest.Config) -> list[str]:
    """The table as Markdown: yes, NO, or - where a system has nothing to show."""
    found = config.stash.get(_KEY, None)
    if not found:
        return []
    systems = sorted(found)
    rows = [["promise", *systems], ["---"] * (len(systems) + 1)]
    rows += [[words, *(_word(found[system][words]) for system in systems)] for words in PROMISES]
    return ["| " + " | ".join(row) + " |" for row in rows]


def _word(outcomes: set[str]) -> str:
    if "failed" in outcomes:
        return "NO"
    return "yes" if "passed" in outcomes else "-"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" or report.failed:
        remember(item, report.outcome)
