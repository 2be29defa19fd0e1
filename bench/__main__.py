"""`./scripts/bench [NAME …] [--json] [--check] [--list]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from bench import machine, registry, report
from bench.rows import Row, exit_code

_EXAMPLE = "example: ./scripts/bench intake --check"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. 1 when a measure failed or, with --check, a bar is missed."""
    given = _parser().parse_args(arguments)
    for name in ("orders", "products"):  # how much the measures of back offices take
        if getattr(given, name):
            os.environ[f"CAUSEWAY_BENCH_{name.upper()}"] = str(getattr(given, name))
    if given.list:
        for name, (what, _) in registry.MEASURES.items():
            print(f"{name:20} {what}")
        return 0
    if not given.json:
        print(machine.header())
    rows = [row for name in given.names or _usual() for row in _measure(name)]
    if given.json:
        plain = {"machine": machine.description(), "rows": [row.plain() for row in rows]}
        print(json.dumps(plain, indent=1))
    else:
        print(report.table(rows))
    return exit_code(rows, given.check)


def _usual() -> list[str]:
    """What is measured when nothing is named."""
    return [name for name in registry.MEASURES if name not in registry.ON_REQUEST]


def _measure(name: str) -> list[Row]:
    """A measure that breaks is a failed row; the others still run."""
    what, measure = registry.MEASURES[name]
    print(f"{name}: {what} …", file=sys.stderr, flush=True)
    try:
        return measure()
    except Exception as error:  # noqa: BLE001
        return [Row(name, None, "", failure=f"{type(error).__name__}: {error}")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure speed and memory.", epilog=_EXAMPLE
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*registry.MEASURES, []],
                        help="what to measure; all without one")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    parser.add_argument("--orders", type=int, metavar="N", help="for backoffice…; 1000")
    parser.add_argument("--products", type=int, metavar="N", help="for backoffice…-stock; 10000")
    parser.add_argument("--list", action="store_true", help="name the measures and end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
