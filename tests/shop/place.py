"""The folder of one shop and the settings in it, `shop.json`, which its wp-config.php reads."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from tests.shop.account import give
from tests.shop.database import NAME


class Place:
    """`folder` keeps data and code of the shop; `sockets` is a folder with a short name."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.folder, self.sockets = folder, sockets
        self.www = folder / "www"
        self.data = folder / "data"
        self.state = folder / "state"
        self.settings_file = folder / "shop.json"
        self.facts_file = folder / "facts.json"
        self.database_socket = sockets / "db.sock"

    def prepare(self) -> None:
        for path in (self.folder, self.sockets, self.state):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            give(path)

    def configure(self, url: str, *, cron: bool, **constants: Any) -> None:
        """Write the settings. Salts stay as they are: whoever is logged in stays so."""
        kept = self.settings() if self.settings_file.exists() else {}
        self._write({
            "url": url,
            "cron": cron,
            "database": NAME,
            "socket": str(self.database_socket),
            "state": str(self.state),
            "salt": kept.get("salt") or secrets.token_hex(32),
            "constants": {**kept.get("constants", {}), **constants},
        })  # fmt: skip

    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.settings_file.read_text())
        return found

    def facts(self) -> dict[str, Any]:
        """Password of `admin`, pages and products, as the installation left them."""
        found: dict[str, Any] = json.loads(self.facts_file.read_text())
        return found

    def _write(self, values: dict[str, Any]) -> None:
        """At once and whole: a request may be reading it."""
        new = self.settings_file.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(values, file, indent=1)
        give(new)
        new.rename(self.settings_file)
