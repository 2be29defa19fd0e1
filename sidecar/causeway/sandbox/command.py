"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from causeway.sandbox.server import run

_EXAMPLE = "example: python -m causeway.sandbox --data ./sandbox --token play --port 8090"


def main(arguments: list[str] | None = None) -> int:
    """Serve the sandbox; 0 after SIGTERM, 2 for wrong arguments, 1 when it cannot start."""
    parser = _parser()
    given = parser.parse_args(arguments)
    token = given.token or os.environ.get("SANDBOX_TOKEN", "")
    if not token:
        parser.error("give a --token, or SANDBOX_TOKEN in the environment")
    try:
        run(
            given.data,
            token,
            host=given.host,
            port=given.port,
            ship_after=given.ship_after,
            accept_after=given.accept_after,
            strict_items=given.strict_items,
            forgetful=given.forgetful,
        )
    except (OSError, RuntimeError, OverflowError) as error:
        print(f"the sandbox cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m causeway.sandbox",
        description="An ERP and a warehouse to play and to test with, over HTTP.",
        epilog=_EXAMPLE,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the books; made if it is missing")
    add("--token", default="", help="what callers must send as Bearer (or SANDBOX_TOKEN)")
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    add("--ship-after", type=_seconds, default=2.0, metavar="SECONDS",
        help="when a request ships (%(default)s)")  # fmt: skip
    add("--accept-after", type=_seconds, default=0.5, metavar="SECONDS",
        help="when a request is accepted (%(default)s)")  # fmt: skip
    add("--strict-items", action="store_true", help="refuse SKUs that are not in the books")
    add("--forgetful", action="store_true", help="make a second document under a used reference")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 366 * 86400:
        raise argparse.ArgumentTypeError("must be from 0 to a year")
    return seconds
