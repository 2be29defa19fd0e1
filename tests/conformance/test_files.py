"""The exchange of files against a program that behaves like an ERP's import job.

In a folder of this machine, and over SFTP with a real sshd.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest

from causeway import settings
from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    FulfilmentConformance,
    PriceConformance,
    ShipmentConformance,
    StockConformance,
    promise,
)
from causeway.connectors.conformance.promises import FOUND, HALF
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.described.schema import formats_of
from causeway.connectors.files import connector
from causeway.connectors.files.client import place_of
from causeway.connectors.files.connector import FilesConnector
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.options import loaded
from causeway.connectors.samples import a_request
from causeway.errors import CredentialsError, RetryableError
from tests import sftp_server
from tests.crashing import Crashing
from tests.import_job import ImportJob
from tests.sftp_server import SftpServer

EXAMPLE = Path(connector.__file__).parent / "examples" / "erp.toml"
KINDS = {"order": "order", "refund": "credit", "request": "picking"}
numbers = count(1)


def described(root: Path, **acknowledgement: Any) -> ConnectionSettings:
    """The example that is shipped, in this folder."""
    found = settings.load(EXAMPLE, {}).connection("erp")
    said = {"settle_seconds": 0.0, "wait_seconds": 20.0, **acknowledgement}
    options = {**found.options, "acknowledgement": {**found.options["acknowledgement"], **said}}
    return replace(found, url=f"file://{root}", options=options, timeout_seconds=10.0)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImportJob]:
    with ImportJob(tmp_path_factory.mktemp("exchange")).running() as running:
        yield running


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    if sftp_server.found() is None:
        pytest.skip("not tested over SFTP: sshd is not installed (openssh-server)")
    with sftp_server.running(tmp_path_factory.mktemp("sshd")) as server:
        yield server


class InAFolder:
    system: ClassVar[str] = "files in a folder"
    over_http = False

    @pytest.fixture(autouse=True)
    def _keep(self, job: ImportJob) -> None:
        self.job = job

    @pytest.fixture
    def connection(self, job: ImportJob) -> ConnectionSettings:
        return described(job.root)

    def unreachable(self, connection: ConnectionSettings) -> ConnectionSettings:
        return replace(connection, url=f"file://{self.job.root}/not-mounted")

    def wrong_credentials(self, connection: ConnectionSettings) -> ConnectionSettings:
        pytest.skip("a folder asks for no credentials")

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.job.under(key, KINDS[kind]))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        entry = next(b for b in self.job.books if b["number"] == document.number)
        return Money(entry["total"], entry["currency"])


class OverSftp(InAFolder):
    system = "files over SFTP"

    @pytest.fixture
    def connection(self, job: ImportJob, sshd: SftpServer) -> ConnectionSettings:
        self.sshd = sshd
        found = described(job.root)
        return replace(
            found, url=sshd.url(job.root), options={**found.options, "sftp": sshd.options()}
        )

    def unreachable(self, connection: ConnectionSettings) -> ConnectionSettings:
        return replace(connection, url=f"sftp://127.0.0.1:1{self.job.root}")

    def wrong_credentials(self, connection: ConnectionSettings) -> ConnectionSettings:
        sftp = self.sshd.options(self.sshd.stranger_file)
        return replace(connection, options={**connection.options, "sftp": sftp})


class TestErp(InAFolder, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.job.ship(key, "order")

    @promise(FOUND)
    def test_answers_that_get_lost_are_found_again_and_nothing_is_booked_twice(
        self, connection: ConnectionSettings
    ) -> None:
        """Each step of a booking in turn is done, and nobody hears of it."""
        self._cut_off(connection, after=True)

    @promise(HALF)
    def test_an_order_that_was_half_booked_is_finished(
        self, connection: ConnectionSettings
    ) -> None:
        """The process ends before each step of a booking in turn."""
        self._cut_off(connection, after=False)

    def _cut_off(self, connection: ConnectionSettings, *, after: bool) -> None:
        """Cut off at each step; then another process tries again."""
        said = loaded(connection.options)
        mapper = FileMapper(said, Expressions(formats_of(said), said["tables"]))
        for at in range(1, 8):
            order = self.an_order()
            key = f"{order.store}:{order.id}:book"
            lost = RetryableError("lost")
            place: Any = Crashing(place_of(connection, said), at, lost, after=after)
            with suppress(RetryableError):
                FilesConnector(place, mapper, said, ("erp",)).book_order(order, key)
            erp = registry.build(connection)
            booked = erp.book_order(order, key)  # type: ignore[attr-defined]
            assert erp.find("order", key) == replace(booked, existed=True)
            assert self.documents_under(connection, "order", key) == 1, at

    def test_no_file_was_taken_half_written(self) -> None:
        assert self.job.books
        assert self.job.half_read == []


class TestWarehouse(InAFolder, FulfilmentConformance):
    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.job.ship(key)


class TestStock(InAFolder, StockConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        pieces = next(numbers)
        sku = f"BULK-{pieces % 7}"
        self.job.export_stock(sku, f"{pieces},5")
        return lambda level: (level.sku, level.on_hand) == (sku, Decimal(f"{pieces}.5"))


class TestPrices(InAFolder, PriceConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        number = next(numbers)
        self.job.export_price(f"PRICED-{number}", f"{number},90")
        wanted = Money.of(f"{number}.90", "EUR")
        return lambda price: (price.sku, price.regular) == (f"PRICED-{number}", wanted)


class TestShipments(InAFolder, ShipmentConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        request = a_request(store=f"ships-{next(numbers)}")
        key = f"{request.store}:1042:request:1"
        warehouse = registry.build(connection)
        warehouse.request_fulfilment(request, key)  # type: ignore[attr-defined]
        tracking = self.job.ship(key)
        return lambda parcel: (parcel.request_key, parcel.tracking_number) == (key, tracking)


class TestErpOverSftp(OverSftp, TestErp):
    pass


class TestWarehouseOverSftp(OverSftp, TestWarehouse):
    pass


class TestStockOverSftp(OverSftp, TestStock):
    pass


class TestShipmentsOverSftp(OverSftp, TestShipments):
    pass


class TestTheServerItself(OverSftp):
    def test_one_that_shows_another_key_is_not_believed(
        self, connection: ConnectionSettings
    ) -> None:
        """Nothing is signed in, and the key it shows is told so that people can compare it."""
        strange = (self.sshd.stranger_file.with_suffix(".pub")).read_text().split()[:2]
        sftp = {**self.sshd.options(), "host_keys": [" ".join(strange)]}
        wrong = replace(connection, options={**connection.options, "sftp": sftp})
        erp = registry.build(wrong)
        with pytest.raises(CredentialsError, match="not among sftp"):
            erp.find("order", "k")
        assert self.sshd.host_key in " ".join(erp.check().problems)

    def test_a_lock_that_was_left_behind_is_broken_open(
        self, connection: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = place_of(connection, loaded(connection.options))
        left = self.job.root / ".causeway" / "locks" / "left"
        left.parent.mkdir(parents=True, exist_ok=True)
        left.touch()
        with pytest.raises(RetryableError), place.alone(".causeway/locks/left"):
            pass
        assert left.exists()
        os.utime(left, (left.stat().st_mtime - 600,) * 2)
        with pytest.raises(RetryableError), place.alone(".causeway/locks/left"):
            pass
        with place.alone(".causeway/locks/left"):
            assert left.exists()
        assert not left.exists()

    def test_a_line_that_ends_is_opened_again(self, connection: ConnectionSettings) -> None:
        place: Any = place_of(connection, loaded(connection.options))
        place.put("lines/a.txt", b"a" * 300_000)
        place._idle.queue[0].transport.close()
        assert place.read("lines/a.txt", 300_000) == b"a" * 300_000
