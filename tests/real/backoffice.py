"""`./scripts/backoffice`: a real back office on this machine until Ctrl+C, ready for Causeway."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real import karrio_server, odoo_server, tryton_server
from tests.real.offices import KARRIO, ODOO, TRYTON, toml

EPILOG = """examples:
  ./scripts/backoffice odoo
  ./scripts/backoffice tryton --settings back-office.toml
  ./scripts/backoffice karrio
"""


@contextmanager
def running(kind: str) -> Iterator[str]:
    """The connection's settings as text, while the office runs."""
    if kind == "odoo":
        with odoo_server.running(say) as odoo:
            yield toml("odoo", odoo.url, odoo.key, ODOO)
    elif kind == "karrio":
        with karrio_server.running(say) as karrio:
            yield toml("karrio", karrio.url, karrio.key, KARRIO, "parcels", "fulfilment")
    else:
        with tryton_server.running(say) as tryton:
            yield toml("tryton", tryton.url, tryton.key, TRYTON)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./scripts/backoffice", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "kind", choices=("odoo", "tryton", "karrio"), help="which back office to start"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE",
        help="write the connection's settings there too (they hold its key)",
    )  # fmt: skip
    arguments = parser.parse_args()
    # Ended by SIGTERM it cleans up after itself as after Ctrl+C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running(arguments.kind) as settings:
            if arguments.settings:
                arguments.settings.touch(mode=0o600)
                arguments.settings.write_text(settings)
            print(settings, flush=True)
            say("It runs until Ctrl+C; what was booked goes with it.")
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except (
        odoo_server.CannotBuild,
        tryton_server.CannotBuild,
        karrio_server.CannotBuild,
    ) as problem:
        say(f"It cannot be started: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
