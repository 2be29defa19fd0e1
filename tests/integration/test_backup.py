"""Backup under load, restore, and everything the others did since: adopted, brought back, once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from causeway.connectors.memory import Office
from causeway.errors import CausewayError
from causeway.ledger import backup, events, marks, migrations, restore, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.events import NewEvent
from causeway.ledger.tables import catalog, counters, deliveries
from causeway.ledger.tables import events as event_table
from tests.engine_steps import another, delivery, show
from tests.sandbox_tools import SandboxProcess
from tests.wire_client import ShopClient
from tests.world import START, World, fixture_order, order_event

SPAN = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-20T12:00:00Z", "whole": True}


def copy_of(world: World, path: Path) -> backup.Backup:
    return backup.make(world.context.ledger, path, world.clock())


def put_back(world: World, path: Path) -> restore.Restored:
    world.close()
    return restore.restore(world.ledger_url, path, world.clock(), replace=True)


def counted(url: str) -> dict[str, int]:
    ledger = Ledger(url)
    with ledger.read() as connection:
        rows = backup.counted(connection)
    ledger.close()
    return rows


def an_event(name: str, number: int) -> NewEvent:
    return NewEvent(
        "berlin", f"{name}-{number}", "product.updated", "product", str(number), 1, START, "x/1",
        "{}", "0" * 64,
    )  # fmt: skip


def test_a_backup_made_while_others_write_is_whole_and_of_one_moment(
    sqlite_world: World, tmp_path: Path
) -> None:
    """Writers commit events by threes: a copy with another number would be of two moments."""
    ledger, stop = sqlite_world.context.ledger, threading.Event()
    written: list[int] = []

    def write(name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 3
            with ledger.write() as connection:
                batch = [an_event(name, n) for n in range(number, number + 3)]
                events.store(connection, batch, START)
            written.append(3)

    threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    before, made = [], []
    try:
        for n in range(5):
            while len(written) < 20 * (n + 1):
                stop.wait(0.01)
            before.append(sum(written))
            made.append(copy_of(sqlite_world, tmp_path / f"copy-{n}"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for had, one in zip(before, made, strict=True):
        found = counted(f"sqlite:///{one.path}")
        assert found == one.rows
        assert found["events"] % 3 == 0
        assert found["events"] >= had
    assert sum(written) > made[-1].rows["events"] - 3


def test_a_backup_is_private_one_file_and_never_written_over(world: World, tmp_path: Path) -> None:
    path = tmp_path / "copies" / "one"
    path.parent.mkdir()
    copy_of(world, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["one"]
    with pytest.raises(CausewayError, match="is there already"):
        copy_of(world, path)
    with world.context.ledger.read() as connection:
        mark = marks.get(connection, marks.BACKUP)
    assert mark == marks.Mark(str(path), world.clock())


def test_a_backup_that_cannot_be_made_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    with pytest.raises(CausewayError, match="could not be made"):
        copy_of(world, tmp_path / "no" / "such" / "folder")
    (tmp_path / "here").mkdir()
    with pytest.raises(CausewayError):
        backup.make(Ledger(f"sqlite:///{tmp_path}/empty"), tmp_path / "here" / "copy", START)
    assert list((tmp_path / "here").iterdir()) == []


def test_without_pg_dump_it_is_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.context.ledger.is_sqlite:
        copy_of(world, tmp_path / "copy")
        return
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(CausewayError, match="install the package postgresql-client"):
        copy_of(world, tmp_path / "copy")


def test_a_password_reaches_the_tools_by_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[list[str], str]] = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> Any:
        seen.append((command, env["PGPASSWORD"]))
        return subprocess.CompletedProcess(command, 1, "", "pg_dump: error: no")

    monkeypatch.setattr("subprocess.run", run)
    ledger = Ledger("postgresql://me:sesame@db.example/causeway")
    with pytest.raises(CausewayError, match="pg_dump failed: pg_dump: error: no"):
        backup.run_tool(["pg_dump"], ledger)
    assert seen == [(["pg_dump"], "sesame")]


def test_a_restore_refuses_what_is_in_use_what_is_there_and_what_is_damaged(
    sqlite_world: World, tmp_path: Path
) -> None:
    path, url = tmp_path / "copy", sqlite_world.ledger_url
    copy_of(sqlite_world, path)
    with pytest.raises(CausewayError, match="stop them first"):
        restore.restore(url, path, START, replace=True)
    sqlite_world.close()
    with pytest.raises(CausewayError, match="add --replace"):
        restore.restore(url, path, START, replace=False)
    before = counted(url)
    broken, nonsense = tmp_path / "broken", tmp_path / "nonsense"
    content = bytearray(path.read_bytes())
    for at in range(8192, len(content) - 400, 4096):
        content[at : at + 300] = b"\xff" * 300
    broken.write_bytes(bytes(content))
    nonsense.write_text("this is no ledger" * 100)
    for bad in (broken, nonsense):
        with pytest.raises(CausewayError, match=r"damaged|no ledger"):
            restore.restore(url, bad, START, replace=True)
    assert counted(url) == before
    assert not list(tmp_path.glob("*.restoring*"))


def test_a_backup_of_a_newer_version_is_refused(sqlite_world: World, tmp_path: Path) -> None:
    with sqlite_world.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    copy_of(sqlite_world, tmp_path / "copy")
    with pytest.raises(CausewayError, match="newer version"):
        put_back(sqlite_world, tmp_path / "copy")


def test_a_restore_beside_a_running_process_is_refused(world: World, tmp_path: Path) -> None:
    copy_of(world, tmp_path / "copy")
    with world.context.ledger.read() as connection:
        stores.every(connection)
        with pytest.raises(CausewayError, match="stop them first"):
            restore.restore(world.ledger_url, tmp_path / "copy", START, replace=True)


def test_what_was_not_done_is_looked_up_and_what_is_new_is_not(
    world: World, office: Office, tmp_path: Path
) -> None:
    """Order 901 waited when the backup was made; 902 came before the restore, 903 after it."""
    another(world, 901)
    office.close()
    world.drain()
    copy_of(world, tmp_path / "copy")
    office.open()
    world.clock.advance(minutes=1)
    another(world, 902)
    world.drain()
    assert len(office.called("book")) == 2
    world.clock.advance(hours=1)
    put_back(world, tmp_path / "copy")
    again = replace(world)
    assert delivery(again, "berlin:901:book").state == "unknown"
    data = fixture_order("simple_cod")
    new = data["order"] | {"id": 903, "number": "903", "date_created_gmt": "2027-01-01T00:00:00"}
    another(again, 902, version=2)
    again.shop().events([order_event({**data, "order": new})])
    office.calls.clear()
    again.drain()
    looked_up = {key for key in office.called("find") if key.endswith(":book")}
    assert looked_up == {"berlin:901:book", "berlin:902:book"}
    assert office.called("book") == ["berlin:903:book"]
    assert {row.state for row in again.rows(deliveries)} == {"done"}
    again.close()


def test_numbers_begin_past_all_that_the_shops_may_have_seen(
    world: World, office: Office, tmp_path: Path
) -> None:
    show(world)
    world.drain()
    shop = world.shop()
    copy_of(world, tmp_path / "copy")
    another(world, 901)
    world.drain()
    seen = shop.get("/v1/updates").get_json()
    cursor = seen["cursor"]
    put_back(world, tmp_path / "copy")
    again = replace(world)
    shop = again.shop()
    assert shop.post_json("/v1/updates/ack", {"cursor": cursor}).status_code == 200
    another(again, 901, version=2)
    again.drain()
    page = shop.get(f"/v1/updates?after={cursor}").get_json()
    told = {update["key"] for update in page["updates"]}
    assert {"berlin:901:note:booked", "berlin:901:note:released:1"} <= told
    assert told <= {update["key"] for update in seen["updates"]}, "keys the shop knows already"
    with again.context.ledger.read() as connection:
        last = dict(connection.execute(counters.select()).all())
    assert last["updates:berlin"] > restore.LEAP
    assert all(row.seq > restore.LEAP for row in again.rows(catalog))
    again.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path / "sandbox")
    yield process
    process.stop()


@pytest.fixture
def shop_world(ledger_url: str, sandbox: SandboxProcess, new_world: Callable[..., World]) -> World:
    erp = sandbox.connection("sandbox_erp")
    wms = replace(sandbox.connection("sandbox_wms"), roles=("fulfilment",))
    return new_world(ledger_url, connections=(erp, wms))


def send(shop: ShopClient, name: str, number: int, version: int = 1) -> None:
    data = fixture_order(name)
    data["order"].update(id=number, number=str(number))
    event = order_event(data, version)
    assert event["id"] in shop.events([event]).get_json()["accepted"]


def test_the_whole_story_with_an_erp_that_went_on_without_us(
    shop_world: World, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Backup, a day's work, a lost disk, restore, the shop's comparison: once, and all of it."""
    world, shop = shop_world, shop_world.shop()
    for number in (1, 2):
        send(shop, "simple_cod", number)
    world.drain()
    send(shop, "simple_cod", 3)  # stored, not worked on yet
    copy_of(world, tmp_path / "copy")
    send(shop, "simple_cod", 4)
    send(shop, "partial_refund_one_line", 5)
    world.drain()
    seen = shop.get("/v1/updates").get_json()["cursor"]

    def books() -> dict[str, list[str]]:
        orders = sandbox.ask("GET", "/erp/orders")["orders"]
        return {"orders": sorted(order["external_ref"] for order in orders)}

    before = books()
    world.clock.advance(hours=3)
    put_back(world, tmp_path / "copy")

    again = replace(world)
    shop = again.shop()
    listed = [{"id": str(number), "version": 1} for number in (1, 2, 3, 4, 5)]
    lack = shop.post_json("/v1/manifest", {**SPAN, "orders": listed}).get_json()
    assert lack["missing"] == ["4", "5"]
    assert lack["complete_until"] == START.isoformat(), "the shop compares from there next"
    send(shop, "simple_cod", 4, version=2)
    send(shop, "partial_refund_one_line", 5, version=2)
    again.drain()
    again.clock.advance(minutes=1)
    again.drain()
    assert books() == before == {"orders": [f"berlin:{n}:book" for n in (1, 2, 3, 4, 5)]}
    rows = again.rows(deliveries)
    assert {row.state for row in rows} == {"done"}
    assert len(rows) == 12  # five bookings, five parcels, a refund and the goods not to be sent
    booked_back = sandbox.ask("GET", "/erp/credits?external_ref=berlin:5:refund:79")["credits"]
    assert len(booked_back) == 1
    whole = {**SPAN, "start": "2026-11-20T15:00:00Z", "end": "2026-11-20T18:00:00Z"}
    listed[3:] = [{"id": "4", "version": 2}, {"id": "5", "version": 2}]
    lack = shop.post_json("/v1/manifest", {**whole, "orders": listed}).get_json()
    assert (lack["missing"], lack["differing"]) == ([], [])
    assert lack["complete_until"] > START.isoformat()
    told = shop.get(f"/v1/updates?after={seen}").get_json()["updates"]
    assert {update["entity_id"] for update in told} >= {"3", "4", "5"}
    assert len(again.rows(event_table)) == 5
    again.close()


def test_the_commands_back_up_and_restore(sqlite_world: World, tmp_path: Path) -> None:
    show(sqlite_world)
    sqlite_world.drain()
    sqlite_world.close()
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CAUSEWAY_")},
        "CAUSEWAY_LEDGER__URL": sqlite_world.ledger_url,
        "CAUSEWAY_DATA_DIR": str(tmp_path),
    }

    def causeway(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "causeway.cli", "ledger", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    path = str(tmp_path / "copy")
    made = causeway("backup", path)
    assert "rows counted in both, checked" in made.stdout, made.stderr
    assert f"to {path}" in causeway("status").stdout
    refused = causeway("restore", path)
    assert (refused.returncode, "add --replace" in refused.stderr) == (1, True)
    done = causeway("restore", path, "--replace")
    assert done.returncode == 0, done.stderr
    assert "Put aside: " in done.stdout
    assert "restored  " in causeway("status").stdout
    (aside,) = tmp_path.glob("ledger.sqlite.before-*Z")
    assert counted(f"sqlite:///{aside}")["orders"] == 1
    assert migrations.newest() in done.stdout


def test_an_hour_of_margin_covers_a_shop_whose_clock_is_ahead(world: World, office: Office) -> None:
    with world.write() as connection:
        restore.mark(connection, world.clock())
    for number, minutes in ((901, 50), (902, 70)):
        data, at = fixture_order("simple_cod"), world.clock() + timedelta(minutes=minutes)
        made = {"id": number, "number": str(number), "date_created_gmt": f"{at:%Y-%m-%dT%H:%M:%S}"}
        data["order"].update(made)
        world.shop().events([order_event(data)])
    world.drain()
    assert [k for k in office.called("find") if k.endswith(":book")] == ["berlin:901:book"]
