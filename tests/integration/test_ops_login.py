from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from causeway.ops.throttle import MOST_PER_ADDRESS
from causeway.queueing.redis import connect
from causeway.settings import OpsSettings
from tests.ops_tools import PASSWORD, Sidecar, log_in, sidecar, token

PAGES = [
    "/ops/",
    "/ops/orders",
    "/ops/orders/berlin/55",
    "/ops/deliveries",
    "/ops/cases",
    "/ops/connections",
    "/ops/stores",
    "/ops/queues/",
    "/ops/nowhere",
]
ACTIONS = [
    "/ops/deliveries/1/retry",
    "/ops/cases/1/resolve",
    "/ops/connections/erp/resume",
    "/ops/connections/erp/retry-parked",
]
NO_REDIS = connect("unix:///nonexistent/redis.sock")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Sidecar]:
    with sidecar(tmp_path, NO_REDIS) as found:
        yield found


@pytest.fixture
def client(shop: Sidecar) -> FlaskClient:
    return shop.app.test_client()


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_led_to_the_login(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (302, f"/ops/login?next={path}")


@pytest.mark.parametrize("path", ACTIONS)
def test_a_stranger_changes_nothing_even_with_a_token(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": token(client)})
    assert answer.status_code == 401


def test_a_stranger_gets_no_figures_of_the_queues(client: FlaskClient) -> None:
    assert client.get("/ops/queues/0/data/queues.json").status_code == 401


def test_the_root_leads_to_the_overview(client: FlaskClient) -> None:
    assert client.get("/").location == "/ops/"


def test_the_right_password_opens_the_page_that_was_asked_for(client: FlaskClient) -> None:
    answer = log_in(client, target="/ops/orders?store=berlin")
    assert (answer.status_code, answer.location) == (303, "/ops/orders?store=berlin")
    assert client.get("/ops/orders").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/ops//evil.example",
        "/ops/\\evil",
        "/v1/x",
        "x" * 2000,
    ],
)
def test_nobody_is_sent_elsewhere_after_the_login(client: FlaskClient, elsewhere: str) -> None:
    assert log_in(client, target=elsewhere).location == "/ops/"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "x" * 5000])
def test_a_wrong_password_is_told_and_opens_nothing(client: FlaskClient, password: str) -> None:
    answer = log_in(client, password)
    assert answer.status_code == 401
    assert "This is not the password" in answer.text
    assert client.get("/ops/").status_code == 302


def test_guessing_is_slowed_down_even_when_the_next_guess_is_right(client: FlaskClient) -> None:
    for _ in range(MOST_PER_ADDRESS):
        assert log_in(client, "wrong").status_code == 401
    answer = log_in(client, PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert client.get("/ops/").status_code == 302


def test_a_login_without_a_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/ops/login", data={"password": PASSWORD}).status_code == 400
    assert client.get("/ops/").status_code == 302


def test_the_session_and_its_token_are_new_after_the_login(client: FlaskClient) -> None:
    before = token(client)
    cookie = _cookie(client)
    log_in(client)
    assert _cookie(client) != cookie
    assert token(client, "/ops/") != before
    stale = client.post("/ops/connections/erp/resume", data={"csrf_token": before})
    assert stale.status_code == 400


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = log_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/ops" in cookie
    assert "Secure" not in cookie


def test_over_tls_the_cookie_never_travels_without(tmp_path: Path) -> None:
    settings = OpsSettings(password=PASSWORD, secure_cookies=True)
    with sidecar(tmp_path, NO_REDIS, settings) as shop:
        answer = shop.app.test_client().get("/ops/login", base_url="https://ops.example.org")
        assert "Secure" in answer.headers["Set-Cookie"]


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(
    client: FlaskClient, shop: Sidecar
) -> None:
    log_in(client)
    for _ in range(2):
        shop.clock.forward(hours=5, minutes=59)
        assert client.get("/ops/").status_code == 200
    shop.clock.forward(minutes=3)
    assert client.get("/ops/").status_code == 302


def test_logging_out_ends_the_session_even_for_a_copy_of_its_cookie(
    client: FlaskClient, shop: Sidecar
) -> None:
    log_in(client)
    copy = _cookie(client)
    answer = client.post("/ops/logout", data={"csrf_token": token(client, "/ops/")})
    assert answer.status_code == 303
    assert client.get("/ops/").status_code == 302
    thief = shop.app.test_client()
    thief.set_cookie("causeway_ops", copy, path="/ops")
    assert thief.get("/ops/").status_code == 302


def test_logging_out_is_no_get(client: FlaskClient) -> None:
    log_in(client)
    client.get("/ops/logout")
    assert client.get("/ops/").status_code == 200


def test_without_a_password_the_pages_are_closed_and_say_which_setting_is_missing(
    tmp_path: Path,
) -> None:
    with sidecar(tmp_path, NO_REDIS, OpsSettings()) as shop:
        client = shop.app.test_client()
        for path in [*PAGES, "/ops/login"]:
            answer = client.get(path)
            assert answer.status_code == 503
            assert "ops.password" in answer.text
        answer = client.post("/ops/login", data={"password": ""})
        assert answer.status_code == 503
        assert client.get("/livez").status_code == 200


def test_a_session_is_known_to_another_process_with_the_same_key(tmp_path: Path) -> None:
    settings = OpsSettings(password=PASSWORD, session_key="k" * 40)
    assert _status_elsewhere(tmp_path, settings, settings) == 200


def test_a_new_password_ends_every_session(tmp_path: Path) -> None:
    settings = OpsSettings(password=PASSWORD, session_key="k" * 40)
    assert _status_elsewhere(tmp_path, settings, replace(settings, password="new " * 5)) == 302


def test_without_a_session_key_sessions_end_with_their_process(tmp_path: Path) -> None:
    settings = OpsSettings(password=PASSWORD)
    assert _status_elsewhere(tmp_path, settings, settings) == 302


def test_what_shops_send_needs_no_token(client: FlaskClient) -> None:
    answer = client.post("/v1/events", data=b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def _status_elsewhere(folder: Path, here: OpsSettings, there: OpsSettings) -> int:
    """How a second process answers with the cookie of a session of the first."""
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    with (
        sidecar(folder / "one", NO_REDIS, here) as one,
        sidecar(folder / "two", NO_REDIS, there) as two,
    ):
        client = one.app.test_client()
        log_in(client)
        other = two.app.test_client()
        other.set_cookie("causeway_ops", _cookie(client), path="/ops")
        return other.get("/ops/").status_code


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("causeway_ops", path="/ops")
    assert found is not None
    return found.value
