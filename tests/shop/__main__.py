"""A shop to try things out with, until Ctrl-C:   ./scripts/shop --help"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from causeway.errors import CausewayError
from causeway.wire import pairing
from tests.shop.parts import CannotStand
from tests.shop.place import Place
from tests.shop.process import free_port, port_is_free
from tests.shop.runner import PhpFailed
from tests.shop.shop import ORDERS, PLUGIN, PLUGIN_FILE, SERVERS, Shop
from tests.shop.sidecar import Sidecar

PORT, SIDECAR_PORT = 8090, 8080
EXAMPLES = """\
examples:
  ./scripts/shop                                     the newest versions, orders in HPOS
  ./scripts/shop --woocommerce 10.0.2 --orders posts --port 8091
  ./scripts/shop --server fpm --keep ~/myshop        nginx and php-fpm; the same shop next time
"""


class Ended(BaseException):
    """SIGTERM or Ctrl-C."""


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        with ExitStack() as stack:
            _run(given, stack)
    except (CannotStand, PhpFailed, CausewayError) as problem:
        print(f"No shop: {problem}.", file=sys.stderr)
        return 1
    except Ended:
        say("Ended." if not given.keep else f"Ended; {given.keep} keeps the shop.")
    return 0


def _run(given: argparse.Namespace, stack: ExitStack) -> None:
    code = _checked_code(given.sidecar, given.pairing)
    plugin = None if given.no_plugin else PLUGIN
    shop = stack.enter_context(
        Shop(wordpress=given.wordpress, woocommerce=given.woocommerce, orders=given.orders,
             server=given.server, port=given.port, keep=given.keep, plugin=plugin, cron=True,
             durable=not given.fast, say=say)
    )  # fmt: skip
    sidecar = None
    if plugin is None or not (plugin / PLUGIN_FILE).is_file():
        say("A shop without Causeway's plugin.")
    else:
        if code is None:
            sidecar = _start_sidecar(shop.place, shop.url, stack)
            code = sidecar.code
        say(f"Paired: {shop.pair(code)}.")
    _greet(shop, sidecar)
    signal.pause()


def _start_sidecar(place: Place, shop_url: str, stack: ExitStack) -> Sidecar:
    say("Starting a sidecar …")
    port = SIDECAR_PORT if port_is_free(SIDECAR_PORT) else free_port()
    sidecar = Sidecar(place.folder / "sidecar", port, shop_url)
    stack.callback(sidecar.stop)
    return sidecar


def _checked_code(sidecar: str | None, code: str | None) -> str | None:
    if (sidecar is None) != (code is None):
        raise CannotStand("--sidecar URL and --pairing CODE belong together")
    if sidecar is not None and code is not None:
        try:
            named = pairing.decode(code).url
        except ValueError as error:
            raise CannotStand(str(error)) from error
        if named.rstrip("/") != sidecar.rstrip("/"):
            raise CannotStand(f"the pairing code is of {named}, not of {sidecar}")
    return code


def _greet(shop: Shop, sidecar: Sidecar | None) -> None:
    say(f"\n  shop         {shop.url}/shop/   ({shop.kind.name})")
    say(f"  checkout     {shop.url}/checkout/ (blocks)  {shop.url}/classic-checkout/ (form)")
    say(f"  admin        {shop.url}/wp-admin/")
    say(f"               user: admin   password: {shop.facts['password']}")
    say(f"  mail, calls  {shop.place.state}")
    if sidecar is not None:
        say("\n" + sidecar.greeting.partition("\n\n  Pairing code")[0].rstrip())
    say("\nCtrl-C ends it.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/shop",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Starts a real shop on 127.0.0.1 until Ctrl-C: MariaDB, PHP, WordPress and "
        "WooCommerce with goods, tax, shipping and cash on delivery, paired with a sidecar.",
    )
    parser.add_argument("--wordpress", metavar="X", help="version; the newest in the cache")
    parser.add_argument("--woocommerce", metavar="Y", help="version; the newest in the cache")
    parser.add_argument("--orders", choices=ORDERS, default="hpos",
                        help="where orders are kept: own tables, posts, or both")  # fmt: skip
    parser.add_argument("--server", choices=SERVERS, default="php",
                        help="PHP's own server, or php-fpm behind nginx")  # fmt: skip
    parser.add_argument("--port", type=_port, default=PORT, help=f"of the shop ({PORT})")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep the shop in DIR and take it up again")  # fmt: skip
    parser.add_argument("--sidecar", metavar="URL", help="a sidecar that runs already …")
    parser.add_argument("--pairing", metavar="CODE", help="… and the pairing code it gave")
    parser.add_argument("--no-plugin", action="store_true", help="WooCommerce alone")
    parser.add_argument("--fast", action="store_true",
                        help="do not flush the database at each commit")  # fmt: skip
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _end(*_: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave servers behind
    raise Ended


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
