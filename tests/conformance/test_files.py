"""The exchange of files against a program that behaves like an ERP's import job.

In a folder of this machine, and over SFTP with a real sshd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
)
from causeway.connectors.files import connector
from causeway.connectors.samples import a_request
from tests import sftp_server
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

    def test_no_file_was_taken_half_written(self) -> None:
        assert self.job.books
        assert self.job.half_read == []


class TestWarehouse(InAFolder, FulfilmentConformance):
    pass


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


class TestWarehouseOverSftp(OverSftp, FulfilmentConformance):
    pass


class TestStockOverSftp(OverSftp, TestStock):
    pass


class TestShipmentsOverSftp(OverSftp, TestShipments):
    pass
