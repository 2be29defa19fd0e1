"""Intake refuses only what it cannot keep, and says why; somebody is told once."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from causeway.connectors.memory import Office
from causeway.engine.checks import Clock, oldest_waiting
from causeway.engine.upkeep import Upkeep
from causeway.engine.watch import Watch
from causeway.errors import RetryableError
from causeway.intake import views
from causeway.ledger import migrations, replay
from causeway.ledger.engine import Ledger
from causeway.ledger.sql import upsert
from causeway.ledger.tables import cases, deliveries, events, heartbeats
from tests.engine_steps import another, fail, show
from tests.postgres_server import PostgresServer
from tests.wire_client import ShopClient
from tests.world import World, empty_ledger, fixture_order, order_event


def an_order(number: int) -> dict[str, Any]:
    data = fixture_order("simple_cod")
    data["order"].update(id=number, number=str(number))
    return order_event(data)


def send(shop: ShopClient, number: int) -> Any:
    return shop.events([an_order(number)])


def refused(answer: Any, why: str) -> None:
    assert answer.status_code == 503, answer.get_json()
    assert answer.headers["Retry-After"] == "30"
    assert answer.content_type == "application/problem+json"
    assert why in answer.get_json()["detail"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0.2)


@contextmanager
def gate_held(world: World) -> Iterator[None]:
    """Another process writes and does not come to an end."""
    path = world.context.ledger.path
    file = os.open(path.with_name(path.name + ".gate"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)


def test_a_ledger_locked_for_longer_than_a_shop_waits_is_refused_and_then_taken(
    hurried: None, sqlite_world: World
) -> None:
    shop = sqlite_world.shop()
    with gate_held(sqlite_world):
        refused(send(shop, 901), "locked")
    assert sqlite_world.rows(events) == []
    assert send(shop, 901).status_code == 202
    assert len(sqlite_world.rows(events)) == 1


def test_a_lock_that_no_gate_shows_is_refused_the_same(hurried: None, sqlite_world: World) -> None:
    other = Ledger(sqlite_world.ledger_url)
    with other.engine.connect() as connection:
        connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE, past the gate
        refused(send(sqlite_world.shop(), 901), "locked")
    other.close()
    assert send(sqlite_world.shop(), 901).status_code == 202


def test_postgresql_locked_is_refused_the_same(
    hurried: None, postgres: PostgresServer, new_world: Callable[..., World]
) -> None:
    name = postgres.lend()
    world = new_world(postgres.url(name))
    other = Ledger(world.ledger_url)
    with other.write() as connection:
        connection.execute(text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
        refused(send(world.shop(), 901), "locked")
    assert send(world.shop(), 901).status_code == 202
    other.close()
    postgres.take_back(name)


def test_a_full_database_is_refused_and_nothing_of_it_is_kept(sqlite_world: World) -> None:
    shop, limits = sqlite_world.shop(), []

    def limit(connection: Any, _: object) -> None:
        limits.append(connection.execute("PRAGMA page_count").fetchone()[0])
        connection.execute(f"PRAGMA max_page_count={limits[-1] + 2}")

    engine = sqlite_world.context.ledger._engine
    engine.dispose()
    event.listen(engine, "connect", limit)
    statuses = [send(shop, number).status_code for number in range(901, 960)]
    assert statuses[0] == 202
    assert statuses[-1] == 503
    refused(send(shop, 999), "disk is full")
    event.remove(engine, "connect", limit)
    engine.dispose()
    assert send(shop, 999).status_code == 202
    assert len(sqlite_world.rows(events)) == statuses.count(202) + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("not tested on a file system that is full: mounting one needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def on_disk(folder: Path, new_world: Callable[..., World], **options: Any) -> World:
    (folder / "ledger.sqlite").write_bytes(empty_ledger())
    return new_world(f"sqlite:///{folder}/ledger.sqlite", options={"min_free_bytes": 0, **options})


def test_a_disk_that_is_really_full_refuses_and_takes_again_when_there_is_room(
    small_disk: Path, new_world: Callable[..., World]
) -> None:
    world = on_disk(small_disk, new_world)
    shop = world.shop()
    assert send(shop, 901).status_code == 202
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    answers = [send(shop, number) for number in range(902, 990)]
    refused(answers[-1], "disk is full")
    taken = [a for a in answers if a.status_code == 202]
    assert {a.status_code for a in answers} <= {202, 503}
    ready = world.app.test_client().get("/readyz")
    assert ready.status_code == 503
    ballast.unlink()
    assert send(shop, 999).status_code == 202
    assert world.app.test_client().get("/readyz").status_code == 200
    assert len(world.rows(events)) == len(taken) + 2
    with world.context.ledger.read() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    world.close()


def test_a_disk_that_can_only_be_read_refuses_and_can_still_be_read(
    small_disk: Path, new_world: Callable[..., World]
) -> None:
    world = on_disk(small_disk, new_world)
    shop = world.shop()
    assert send(shop, 901).status_code == 202
    # As after an error of the disk: files open for writing keep a plain remount from it.
    world.context.ledger.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        refused(send(shop, 902), "read only")
        said = world.app.test_client().get("/readyz")
        assert (said.status_code, said.get_json()["status"]) == (503, "fail")
        assert "read only" in said.get_data(as_text=True)
        assert b"causeway_check" in world.app.test_client().get("/metrics").data
    finally:
        world.context.ledger.close()
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert send(shop, 902).status_code == 202
    world.close()


def test_a_backlog_is_no_reason_to_refuse(sqlite_world: World) -> None:
    shop = sqlite_world.shop()
    for start in range(1, 2001, 200):
        batch = [an_order(number) for number in range(start, start + 200)]
        assert shop.events(batch).status_code == 202
    assert len(sqlite_world.rows(events, state="waiting")) == 2000
    assert send(shop, 5000).status_code == 202
    assert sqlite_world.app.test_client().get("/readyz").status_code == 200


def checks_of(world: World, path: str = "/healthz") -> dict[str, Any]:
    body: dict[str, Any] = world.app.test_client().get(path).get_json()
    return {name: found[0] for name, found in body["checks"].items()}


def alerts(world: World, state: str = "open") -> list[str]:
    return [row.key for row in world.rows(cases, kind="alert", state=state)]


def beat(world: World) -> None:
    with world.write() as connection:
        upsert(connection, heartbeats, [{"name": "pump", "at": world.clock()}], ("name",))


def test_an_alert_is_raised_once_by_all_who_watch_and_clears_itself(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    beat(world)
    world.clock.advance(minutes=2)
    watches = [Watch(world.context), Watch(world.context)]
    with caplog.at_level(logging.INFO, "causeway.watch"):
        for watch in watches * 3:
            watch.look()
    assert alerts(world) == ["alert:pump"]
    assert [record.message.split(":")[1] for record in caplog.records] == [" pump"]
    assert len(world.reported) == 1
    assert b'causeway_alert{check="pump"} 1.0' in world.app.test_client().get("/metrics").data
    beat(world)
    for watch in watches:
        watch.look()
    assert (alerts(world), alerts(world, "resolved")) == ([], ["alert:pump"])
    world.clock.advance(minutes=2)
    watches[0].look()
    assert alerts(world) == ["alert:pump"]


def test_what_cannot_be_written_down_is_said_once(
    sqlite_world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("checks", "watch"):
        monkeypatch.setattr(f"causeway.engine.{module}.PATIENCE_SECONDS", 0.1)
    watch = Watch(sqlite_world.context)
    with gate_held(sqlite_world):
        for _ in range(3):
            watch.look()
    said = [record.message for record in caplog.records if "alert: ledger" in record.message]
    assert len(said) == 1
    watch.look()
    assert alerts(sqlite_world) == []


def test_a_delivery_that_does_not_get_through_is_an_alert_a_parked_one_is_not(
    world: World, office: Office
) -> None:
    fail(office, "book", RetryableError("busy"), times=99)
    show(world)
    world.drain()
    world.clock.advance(minutes=6)
    beat(world)
    assert checks_of(world)["deliveries"]["status"] == "warn"
    Watch(world.context).look()
    assert alerts(world) == []
    world.clock.advance(minutes=30)
    beat(world)
    Watch(world.context).look()
    assert alerts(world) == ["alert:deliveries"]
    with world.write() as connection:
        connection.execute(deliveries.update().values(state="parked"))
        assert oldest_waiting(connection) == {}
    Watch(world.context).look()
    assert alerts(world) == []


@pytest.mark.parametrize(("free", "status", "code"), [(50, "fail", 503), (200, "warn", 200)])
def test_a_disk_nearly_full_is_degraded_before_it_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, free: int, status: str, code: int
) -> None:
    monkeypatch.setattr("causeway.engine.checks.free_bytes", lambda _: free * 2**20)
    answer = world.app.test_client().get("/readyz")
    assert (answer.status_code, checks_of(world, "/readyz")["disk"]["status"]) == (code, status)
    beat(world)
    Watch(world.context).look()
    assert alerts(world) == ["alert:disk"]


def test_a_schema_that_is_missing_fails_a_newer_one_is_only_said(world: World) -> None:
    for version, status in (("0000", "fail"), ("9999", "warn")):
        with world.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        assert checks_of(world, "/readyz")["schema"]["status"] == status
    with world.write() as connection:
        newest = {"v": migrations.newest()}
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), newest)


def test_a_clock_set_back_behind_the_ledger_is_said(world: World) -> None:
    beat(world)
    world.clock.advance(hours=-1)
    assert "behind" in checks_of(world)["clock"]["output"]


def test_a_clock_that_jumps_is_remembered_a_while_and_one_that_runs_is_not() -> None:
    clock = Clock()
    assert clock.look(1000.0, 0.0) == 0.0
    assert clock.look(1015.0, 15.2) == 0.0
    assert round(clock.look(4615.0, 30.0)) == 3585
    assert clock.look(4630.0, 45.0) != 0.0
    assert clock.look(5330.0, 745.0) == 0.0


def test_the_pump_goes_on_with_a_replay_that_nobody_finished(world: World, office: Office) -> None:
    for number in (901, 902):
        another(world, number)
    world.drain()
    with world.write() as connection:
        chosen = replay.Selection(states=("done",))
        replay.begin(connection, chosen, "tester", world.clock())
    assert Upkeep(world.context).step() is True
    assert len(world.rows(deliveries, state="unknown")) == 4
    assert Upkeep(world.context).step() is False
