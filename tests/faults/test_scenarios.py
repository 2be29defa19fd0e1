"""The short form of the fault suite: the real thing, few orders, some of the harms.

All of them: ./scripts/faults
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from faults import play, selftest
from faults.__main__ import main
from faults.play import Result
from faults.scenario import SCENARIOS
from faults.scenarios import __all__ as registered

ORDERS = 12
SHORT = ("redis-emptied", "erp-worked-then-dropped", "web-killed-before-answer", "job-killed")


PLANTED = ("a double", "a loss")


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Future[Result]]]:
    """They wait most of the time, so they run side by side."""
    assert registered
    with ThreadPoolExecutor(4) as pool:

        def started(name: str) -> Future[Result]:
            return pool.submit(play.play, SCENARIOS[name], "sqlite", ORDERS, 1)

        def planted(name: str) -> Future[Result]:
            harm, wanted = selftest.PLANTED[name]
            return pool.submit(
                selftest.found, name, harm, wanted, lambda s: play.play(s, "sqlite", ORDERS, 1)
            )

        yield {name: started(name) for name in SHORT} | {name: planted(name) for name in PLANTED}


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_doubled_or_reordered_when(
    name: str, results: dict[str, Future[Result]]
) -> None:
    result = results[name].result()
    assert result.state == "ok", result
    assert result.count.accepted >= ORDERS


@pytest.mark.parametrize("name", PLANTED)
def test_the_suite_finds_what_is_planted(name: str, results: dict[str, Future[Result]]) -> None:
    result = results[name].result()
    assert result.state == "ok", result


def test_what_is_pending_is_never_counted_as_passed() -> None:
    pending = [each for each in SCENARIOS.values() if each.pending]
    for each in pending:
        assert play.play(each, "sqlite", 1, seed=1).state == "pending"


def test_every_scenario_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in SCENARIOS)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nonsense"])
    assert "nonsense" in capsys.readouterr().err
