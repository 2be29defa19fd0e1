"""Which versions there are, where they come from, and what is said when they cannot be had."""

from __future__ import annotations

import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import cache, parts
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import Shop


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a download address where nobody answers."""
    monkeypatch.setenv("CAUSEWAY_CACHE", str(tmp_path))
    point_at(monkeypatch, f"http://127.0.0.1:{free_port()}")
    return tmp_path / "shop"


def point_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for product in cache.SOURCES:
        monkeypatch.setitem(cache.SOURCES, product, f"{address}/{product}-{{version}}.zip")


def put(folder: Path, name: str) -> None:
    product = name.partition("-")[0]
    (folder / name).mkdir(parents=True)
    (folder / name / cache.MAIN_FILE[product]).touch()


class _Downloads(http.server.BaseHTTPRequestHandler):
    archive = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.archive)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[type[_Downloads]]:
    """What lies at the download address; set `archive`."""
    server = http.server.HTTPServer(("127.0.0.1", 0), _Downloads)
    point_at(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield _Downloads
    server.shutdown()
    thread.join()
    server.server_close()


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "<?php")
    return packed.getvalue()


def test_versions_are_ordered_by_their_numbers(folder: Path) -> None:
    for name in ("woocommerce-9.6.2", "woocommerce-11.0.1", "woocommerce-10.0.2"):
        put(folder, name)
    (folder / "woocommerce-12.0.0").mkdir()  # without its main file: not whole
    assert cache.versions("woocommerce") == ["11.0.1", "10.0.2", "9.6.2"]


def test_the_newest_there_is_taken_when_none_is_named(folder: Path) -> None:
    put(folder, "wordpress-6.7.0")
    put(folder, "wordpress-7.1.0")
    assert cache.source("wordpress", None) == folder / "wordpress-7.1.0"


def test_a_version_that_cannot_be_had_says_what_to_put_where(folder: Path) -> None:
    put(folder, "woocommerce-10.0.2")
    with pytest.raises(CannotStand) as problem:
        cache.source("woocommerce", "9.6.0")
    said = str(problem.value)
    assert "there: 10.0.2" in said
    assert f"{folder / 'woocommerce-9.6.0'}/woocommerce.php exists" in said
    assert list(folder.glob(".fetch-*")) == []


@pytest.mark.parametrize(
    "version", ["../../etc", "11", "", "latest", "11.0.1/x", "\u0661\u0661.\u0660"]
)
def test_what_is_no_version_is_refused(folder: Path, version: str) -> None:
    with pytest.raises(CannotStand, match="no version"):
        cache.source("woocommerce", version or " ")


def test_a_missing_version_is_fetched(folder: Path, downloads: type[_Downloads]) -> None:
    downloads.archive = archive("woocommerce/woocommerce.php", "woocommerce/includes/a.php")
    found = cache.source("woocommerce", "9.6.0")
    assert found == folder / "woocommerce-9.6.0"
    assert (found / "includes" / "a.php").is_file()
    assert cache.versions("woocommerce") == ["9.6.0"]


def test_an_archive_of_something_else_is_not_kept(
    folder: Path, downloads: type[_Downloads]
) -> None:
    for content in (archive("other/other.php"), b"<html>not found</html>"):
        downloads.archive = content
        with pytest.raises(CannotStand, match="cannot be fetched"):
            cache.source("woocommerce", "9.6.0")
        assert cache.versions("woocommerce") == []


def test_an_archive_cannot_write_outside_the_cache(
    folder: Path, downloads: type[_Downloads]
) -> None:
    downloads.archive = archive("../../escaped.php", "woocommerce/woocommerce.php")
    cache.source("woocommerce", "9.6.0")
    assert not list(folder.parent.rglob("escaped.php"))


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotStand, match=r"apt-get install .*php-cli mariadb-server"):
        parts.find("php")


def test_an_unknown_kind_of_orders_is_refused() -> None:
    with pytest.raises(CannotStand, match="hpos, posts or sync"):
        Shop(orders="both")
