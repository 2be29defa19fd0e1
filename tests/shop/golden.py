"""Installed shops, kept in the cache folder and copied for each start."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.shop import cache, catalog, docroot
from tests.shop.account import give
from tests.shop.database import Database
from tests.shop.parts import CannotStand, Parts
from tests.shop.place import Place
from tests.shop.runner import PhpFailed, Runner

HERE = Path(__file__).parent
STEPS = ("install-1-wordpress.php", "install-2-woocommerce.php", "install-3-furnish.php",
         "install-4-settle.php")  # fmt: skip
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """Which shop: folders of WordPress and WooCommerce, and where orders are kept."""

    wordpress: Path
    woocommerce: Path
    orders: str

    @property
    def name(self) -> str:
        return f"{self.wordpress.name}-{self.woocommerce.name}-{self.orders}"


def furnish(place: Place, kind: Kind, parts: Parts, say: Say) -> None:
    """Fill an empty place from the golden copy, which is made if it is missing or half made."""
    base = cache.folder()
    golden = base / f"golden-{kind.name}-{_made_of(kind, parts)}"
    with (base / f".golden-{kind.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (golden / "ready").exists():
            say(f"Installing {kind.name} (about half a minute, once) …")
            for old in base.glob(f"golden-{kind.name}-*"):
                shutil.rmtree(old)
            _build(kind, parts, golden)
            (golden / "ready").touch()
        _copy_into(place, kind, golden)  # before another checkout of the project replaces it


def _copy_into(place: Place, kind: Kind, golden: Path) -> None:
    docroot.assemble(place.www, kind.wordpress, kind.woocommerce)
    _copy(golden / "data", place.data)
    shutil.rmtree(place.www / "wp-content" / "uploads")
    _copy(golden / "uploads", place.www / "wp-content" / "uploads")
    for path in (place.data, place.www / "wp-content" / "uploads"):
        give(path, deep=True)
    shutil.copy(golden / "facts.json", place.facts_file)


def _build(kind: Kind, parts: Parts, golden: Path) -> None:
    work = Path(tempfile.mkdtemp(prefix="causeway-golden-"))
    place = Place(work, work / "run")
    database = Database(parts, place.data, place.database_socket, durable=False)
    try:
        place.prepare()
        docroot.assemble(place.www, kind.wordpress, kind.woocommerce)
        place.configure("http://127.0.0.1", cron=False)
        database.create()
        database.start()
        facts = _install(Runner(parts, place), kind)
        database.stop(keep=True)
        _keep(place, golden, facts)
    except PhpFailed as error:
        raise CannotStand(f"{kind.name} cannot be installed: {error}") from error
    finally:
        database.stop(keep=False)
        shutil.rmtree(work)


def _install(runner: Runner, kind: Kind) -> dict[str, object]:
    password = secrets.token_urlsafe(12)
    given = {
        "password": password,
        "orders": kind.orders,
        "items": catalog.simple(),
        "variable": catalog.variable(),
    }
    said = [runner.install(step, **given) for step in STEPS]
    return {"password": password, **json.loads(said[2])}


def _keep(place: Place, golden: Path, facts: dict[str, object]) -> None:
    golden.mkdir(mode=0o700)
    _copy(place.data, golden / "data")
    _copy(place.www / "wp-content" / "uploads", golden / "uploads")
    handle = os.open(golden / "facts.json", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(facts, file)


def _made_of(kind: Kind, parts: Parts) -> str:
    """Changes with whatever the installed shop is made from."""
    files = [HERE / "php" / "wp-config.php", *(HERE / "php" / step for step in STEPS)]
    things = json.dumps([catalog.simple(), catalog.variable(), parts.versions, kind.name])
    return hashlib.sha256(
        b"\0".join((*(path.read_bytes() for path in files), things.encode()))
    ).hexdigest()[:12]


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
