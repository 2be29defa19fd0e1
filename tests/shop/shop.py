"""A running shop and all that a test does with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from tests.shop import account, cache, docroot, golden, parts, servers
from tests.shop.admin import Admin
from tests.shop.database import Database
from tests.shop.guest import ClassicGuest, StoreApiGuest
from tests.shop.notebook import Notebook
from tests.shop.parts import CannotStand
from tests.shop.place import Place
from tests.shop.process import free_port, port_is_free
from tests.shop.runner import Runner

ORDERS = ("hpos", "posts", "sync")
SERVERS = ("php", "fpm")
PLUGIN = Path(__file__).parents[2] / "wp-plugin"
PLUGIN_FILE = f"{docroot.PLUGIN_SLUG}.php"
Items = Sequence[tuple[str, int]]
"""What is bought: (SKU, or the name of a product without one; quantity)."""


def silent(_: str) -> None:
    """For those who want to hear nothing of the progress."""


class Shop:
    """with Shop(woocommerce="10.0.2", orders="posts", server="fpm") as shop: …

    None for a version is the newest in the cache. `keep` is a folder that outlives the shop and is
    taken up again by the next one of the same versions. `cron` lets visits start WP-Cron;
    `durable` flushes the database at each commit; `object_cache` keeps WordPress' object cache
    beyond the request. Raises CannotStand, in one sentence.
    """

    def __init__(
        self,
        *,
        wordpress: str | None = None,
        woocommerce: str | None = None,
        orders: str = "hpos",
        server: str = "php",
        port: int = 0,
        keep: Path | None = None,
        plugin: Path | None = PLUGIN,
        cron: bool = False,
        durable: bool = False,
        object_cache: bool = False,
        constants: Mapping[str, Any] | None = None,
        say: Callable[[str], None] = silent,
    ) -> None:
        if orders not in ORDERS or server not in SERVERS:
            raise CannotStand("orders are kept in hpos, posts or sync; the server is php or fpm")
        self._parts = parts.find(server)
        self.kind = golden.Kind(
            cache.source("wordpress", wordpress), cache.source("woocommerce", woocommerce), orders
        )
        if port and not port_is_free(port):
            raise CannotStand(f"127.0.0.1:{port} is in use; another port: --port {port + 1}")
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._keep, self._plugin, self._say = keep, plugin, say
        self._cron, self._durable, self._server_kind = cron, durable, server
        self._object_cache, self._constants = object_cache, dict(constants or {})

    # --- its life

    def __enter__(self) -> Self:
        self._sockets = Path(tempfile.mkdtemp(prefix="causeway-shop-"))
        self.place = Place(self._keep.absolute() if self._keep else self._sockets / "shop",
                           self._sockets)  # fmt: skip
        self._database = Database(
            self._parts, self.place.data, self.place.database_socket, durable=self._durable
        )
        self._server = servers.server(self._server_kind, self._parts, self.place, self.port)
        self._runner = Runner(self._parts, self.place)
        try:
            self._stand_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._database.stop(keep=self._keep is not None)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _stand_up(self) -> None:
        self._prepare()
        self._database.start()
        self._server.start()
        self.notebook = Notebook(self.place.state)
        self.facts = self.place.facts()
        self.admin = Admin(self.url, self.facts["password"])
        if self._plugin is not None and (self._plugin / PLUGIN_FILE).is_file():
            self._add_plugin(self._plugin)

    def _prepare(self) -> None:
        """The folder, furnished unless a kept one is furnished already."""
        folder = self.place.folder
        made_of = folder / "made-of"
        if folder.exists() and not made_of.exists() and any(folder.iterdir()):
            raise CannotStand(f"{folder} is not empty and no whole shop; keep it in another folder")
        if self._keep is not None and not account.reaches(folder):
            raise CannotStand(f"the shop's servers run as {account.name()}, who may not enter "
                              f"{folder}; keep it in another folder")  # fmt: skip
        self.place.prepare()
        if not made_of.exists():
            golden.furnish(self.place, self.kind, self._parts, self._say)
            made_of.write_text(self.kind.name)
        elif made_of.read_text() != self.kind.name:
            raise CannotStand(f"{folder} keeps {made_of.read_text()}, not "
                              f"{self.kind.name}; keep this one in another folder")  # fmt: skip
        self.place.configure(self.url, cron=self._cron, **self._constants)
        if self._object_cache:
            docroot.add_object_cache(self.place.www)

    def _add_plugin(self, plugin: Path) -> None:
        how = docroot.add_plugin(self.place.www, plugin)
        self._say(f"The plugin is {how} from {plugin}.")
        self.activate()

    # --- the plugin

    def activate(self) -> None:
        """Switch the plugin on, as an admin does."""
        self._switch("activate_plugin( $file )")

    def deactivate(self) -> None:
        self._switch("deactivate_plugins( $file )")

    def pair(self, code: str) -> str:
        """Pair the plugin with a sidecar; what it says to that."""
        return str(self.value(
            f"{_without_tag(Path(__file__).with_name('pairing.php'))} "
            "return causeway_shop_pair( $code );", code=code,
        ))  # fmt: skip

    def define(self, **constants: Any) -> None:
        """Constants of wp-config.php, from the next request on."""
        self.place.configure(self.url, cron=self._cron, **constants)

    def _switch(self, call: str) -> None:
        self.php(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            f"$done = {call};"
            "if ( is_wp_error( $done ) ) { throw new Exception( $done->get_error_message() ); }",
            file=f"{docroot.PLUGIN_SLUG}/{PLUGIN_FILE}",
        )

    # --- inside it

    def php(self, code: str, /, **values: Any) -> str:
        """What `code` prints in a fresh process with WordPress loaded; values are its variables."""
        return self._runner.run(code, values)[0]

    def value(self, code: str, /, **values: Any) -> Any:
        """What `code` returns, by way of JSON."""
        return self._runner.run(code, values)[1]

    def start_php(self, code: str, /, **values: Any) -> subprocess.Popen[str]:
        """The same without waiting: to run several at once, or to kill one."""
        return self._runner.start("run.php", str(self.place.www), json.dumps(values), "/dev/null",
                                  code=code)  # fmt: skip

    def sql(self, query: str, *values: Any) -> Any:
        """Rows as dicts, or the number of rows changed. `?` stands for a value; prefix is wp_."""
        given = json.dumps({"sql": query, "values": values})
        return json.loads(self._runner.script("sql.php", str(self.place.settings_file), given))

    def run_actions(self) -> int:
        """Do all that is due in Action Scheduler, as its runner does; how many were done."""
        return int(self.value("return ActionScheduler::runner()->run( 'WP CLI' );"))

    def restart_server(self) -> None:
        self._server.stop()
        self._server.start()

    # --- from outside

    def product(self, sku: str) -> dict[str, Any]:
        """id, and for a variation parent and attributes."""
        found: dict[str, Any] = self.facts["products"][sku]
        return found

    def checkout_store_api(self, items: Items, **details: Any) -> int:
        """A guest buys at the block checkout; the order's id. Details: email, country, …"""
        guest = StoreApiGuest(self.url)
        for sku, quantity in items:
            guest.add(self.product(sku)["id"], quantity)
        return int(guest.checkout(**details)["order_id"])

    def checkout_classic(self, items: Items, **details: Any) -> int:
        """A guest buys by the classic form; the order's id."""
        guest = ClassicGuest(self.url)
        for sku, quantity in items:
            guest.add(self.product(sku), quantity)
        return guest.checkout(**details)

    def rest(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """As the admin: shop.rest("PUT", "/wc/v3/orders/7", {"status": "completed"})."""
        return self.admin.rest(method, path, body, **query)

    def order(self, order_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.rest("GET", f"/wc/v3/orders/{order_id}")
        return found

    def mails(self) -> list[dict[str, Any]]:
        return self.notebook.mails()

    def outgoing(self) -> list[dict[str, Any]]:
        return self.notebook.outgoing()

    def forget(self) -> None:
        """Begin mails, outgoing requests and the log of errors anew."""
        self.notebook.forget()

    def fault(self, hook: str, does: Any, **how: Any) -> AbstractContextManager[Path]:
        """See Notebook.fault."""
        return self.notebook.fault(hook, does, **how)


def _without_tag(path: Path) -> str:
    return path.read_text().removeprefix("<?php")
