"""The cache folder with the versions of WordPress and WooCommerce that can be had."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from tests.shop.parts import CannotStand

SOURCES = {
    "wordpress": "https://downloads.wordpress.org/release/wordpress-{version}.zip",
    "woocommerce": "https://downloads.wordpress.org/plugin/woocommerce.{version}.zip",
}
MAIN_FILE = {"wordpress": "wp-load.php", "woocommerce": "woocommerce.php"}
NEWEST_KNOWN = {"wordpress": "7.1.0", "woocommerce": "11.0.1"}
"""What to fetch where nothing is asked for and nothing is there."""
DOWNLOAD_SECONDS = 30
LARGEST_DOWNLOAD = 300 * 2**20
VERSION = re.compile(r"\d+(\.\d+){1,3}(-(alpha|beta|rc|RC)\.?\d*)?", re.ASCII)


def folder() -> Path:
    base = Path(os.environ.get("CAUSEWAY_CACHE") or Path.home() / ".cache" / "causeway")
    return base / "shop"


def versions(product: str) -> list[str]:
    """What lies in the cache, newest first."""
    found = [path.parent.name.removeprefix(f"{product}-")
             for path in folder().glob(f"{product}-*/{MAIN_FILE[product]}")]  # fmt: skip
    return sorted((v for v in found if VERSION.fullmatch(v)), key=_order, reverse=True)


def source(product: str, version: str | None) -> Path:
    """The folder of that version (the newest for None); fetched when the cache lacks it.

    Raises CannotStand, which says what to put where.
    """
    there = versions(product)
    wanted = version or (there[0] if there else NEWEST_KNOWN[product])
    if not VERSION.fullmatch(wanted):
        raise CannotStand(f"{wanted!r} is no version of {product}; one looks like 11.0.1")
    if wanted not in there:
        _fetch(product, wanted)
    return folder() / f"{product}-{wanted}"


def _fetch(product: str, version: str) -> None:
    target = folder() / f"{product}-{version}"
    url = SOURCES[product].format(version=version)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder(), prefix=".fetch-") as work:
            archive = Path(work, "archive.zip")
            _download(url, archive)
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(work)  # it drops absolute names and ".."
            unpacked = Path(work, product)
            if not (unpacked / MAIN_FILE[product]).is_file():
                raise zipfile.BadZipFile(f"no {product}/{MAIN_FILE[product]} in it")
            unpacked.rename(target)
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "reason", error)
        there = ", ".join(versions(product)) or "none"
        raise CannotStand(
            f"{product} {version} is not in the cache (there: {there}) and cannot be fetched from "
            f"{url} ({reason}); unpack that archive so that {target}/{MAIN_FILE[product]} exists"
        ) from error


def _download(url: str, target: Path) -> None:
    with urllib.request.urlopen(url, timeout=DOWNLOAD_SECONDS) as answer, target.open("wb") as file:
        shutil.copyfileobj(answer, file, 2**20)
        if file.tell() > LARGEST_DOWNLOAD:
            raise OSError("it is too large")


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
