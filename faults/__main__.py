"""`./scripts/faults [--only NAME …] [--ledger …] [--orders N] [--nemesis] …`, or `oversell`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import play, postgres, report
from faults.play import Result
from faults.scenario import BOTH, SCENARIOS, Scenario
from faults.scenarios import __all__ as _registered

_EXAMPLE = "example: ./scripts/faults --only redis-emptied worker-frozen --ledger sqlite"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for. 0 only when nothing was lost, doubled or reordered anywhere."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["oversell"]:
        from faults import oversell

        return oversell.main(words[1:])
    parser = _parser()
    given = parser.parse_args(words)
    assert _registered
    unknown = [name for name in given.only or () if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {', '.join(unknown)}; see --list")
    if given.list:
        return _list()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended too
    try:
        results = _run(given)
    finally:
        postgres.forget_model()
    print("\n" + report.table(results) + "\n" + report.verdict(results))
    if given.json:
        given.json.write_text(json.dumps([report.plain(r) for r in results], indent=1))
    return 1 if any(result.state == "FAILED" for result in results) else 0


def _run(given: argparse.Namespace) -> list[Result]:
    ledgers = BOTH if given.ledger == "both" else (given.ledger,)
    if given.nemesis:
        from faults import nemesis

        return [nemesis.run(each, given.minutes * 60, given.seed) for each in ledgers]
    if given.self_test:
        from faults import selftest

        return selftest.run(ledgers[0], given.orders)
    chosen = [SCENARIOS[name] for name in given.only or _usual()]
    runs = [(each, ledger) for each in chosen for ledger in ledgers if ledger in each.ledgers]
    with ThreadPoolExecutor(given.jobs) as pool:
        played = [pool.submit(_one, each, ledger, given) for each, ledger in runs]
        try:
            return [each.result() for each in played]
        except KeyboardInterrupt:
            print("ending the scenarios under way …", file=sys.stderr)
            pool.shutdown(cancel_futures=True)
            return [each.result() for each in played if not each.cancelled()]


def _one(chosen: Scenario, ledger: str, given: argparse.Namespace) -> Result:
    result = play.play(chosen, ledger, given.orders, given.seed)
    print("  ".join(report.row(result)), f"({result.took:.0f} s)", file=sys.stderr, flush=True)
    return result


def _usual() -> list[str]:
    return [each.name for each in SCENARIOS.values() if not each.on_request]


def _list() -> int:
    for each in SCENARIOS.values():
        where = "" if each.ledgers == BOTH else f" ({each.ledgers[0]} only)"
        state = f" [pending: {each.pending}]" if each.pending else ""
        state += " [on request]" if each.on_request else ""
        print(f"{each.name:28} {each.what}{where}{state}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/faults",
        description="Do harm to the real thing and count in the other side's books.",
        epilog=_EXAMPLE,
    )
    add = parser.add_argument
    add("--list", action="store_true", help="name the scenarios and end")
    add("--only", nargs="+", metavar="NAME", help="these scenarios; all without it")
    add("--ledger", choices=[*BOTH, "both"], default="both", help="default: both in turn")
    add("--orders", type=int, default=150, help="orders of each scenario (%(default)s)")
    add("--jobs", type=int, default=3, help="scenarios at one time (%(default)s)")
    add("--seed", type=int, default=1, help="what chance begins with (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the results there too")
    add("--nemesis", action="store_true", help="random harm in random order instead")
    add("--minutes", type=float, default=10.0, help="how long the nemesis acts (%(default)s)")
    add("--self-test", action="store_true",
        help="plant a loss, a double, a wrong order; 0 when all were found")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
