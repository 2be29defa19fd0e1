from __future__ import annotations

import os
import pickle
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rq_dashboard
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import SimpleWorker

from causeway.ops import queue_page
from causeway.queueing import queues
from causeway.queueing.redis import connect
from tests.ops_tools import REDIS_PASSWORD, Sidecar, log_in, redis_server, sidecar

PAGES = (
    "/ops/queues/",
    "/ops/queues/0/view/workers",
    "/ops/queues/0/view/jobs",
    "/ops/queues/0/view/jobs/orders/failed/8/asc/1",
)
DATA = (
    "/ops/queues/0/data/queues.json",
    "/ops/queues/0/data/workers.json",
    "/ops/queues/0/data/jobs/orders/queued/8/asc/1.json",
    "/ops/queues/0/data/jobs/orders/failed/8/dsc/1.json",
)
# All that rq-dashboard 0.9.0 has and we do not let through.
REFUSED = {
    "favicon",
    "delete_job_view",
    "requeue_job_view",
    "requeue_all",
    "empty_queue",
    "compact_queue",
}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_server(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture
def shop(tmp_path: Path, redis: Redis) -> Iterator[Sidecar]:
    redis.flushall()
    with sidecar(tmp_path, redis) as found:
        yield found


@pytest.fixture
def client(shop: Sidecar) -> FlaskClient:
    found = shop.app.test_client()
    log_in(found)
    return found


def a_failed_job(redis: Redis) -> str:
    queue = queues.queue(redis, queues.ORDERS)
    job = queue.enqueue_call("builtins.int", ("erika@example.org",), description="Work")
    SimpleWorker([queue], connection=redis, serializer="json").work(
        burst=True, logging_level="CRITICAL"
    )
    return job.id


def test_every_route_of_rq_dashboard_is_known_to_be_read_only_or_refused() -> None:
    """A new version's new route fails here until somebody has decided about it."""
    app = Flask("bare")
    app.register_blueprint(rq_dashboard.blueprint)
    names = {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("rq_dash")
    }
    refused = {f"rq_dashboard.{name}" for name in REFUSED}
    assert names == queue_page.READ | refused
    assert not queue_page.READ & refused


def test_every_route_that_is_not_read_only_is_refused_by_every_method(
    shop: Sidecar, client: FlaskClient, redis: Redis
) -> None:
    job = a_failed_job(redis)
    values = {"queue_name": "orders", "job_id": job, "registry_name": "failed"}
    tried = 0
    for rule in shop.app.url_map.iter_rules():
        if not rule.endpoint.startswith("rq_dashboard.") or rule.endpoint in queue_page.READ:
            continue
        with shop.app.test_request_context():
            path = "/" + str((rule.build(values, append_unknown=False) or ("", ""))[1]).lstrip("/")
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method)
            assert answer.status_code == 403, (method, path)
            assert "Jobs are hints; retry a delivery instead." in answer.text
            tried += 1
    assert tried == len(REFUSED) + 1  # requeue_all has GET and POST
    assert queues.queue(redis, queues.ORDERS).failed_job_registry.get_job_ids() == [job]
    assert queues.queue(redis, queues.ORDERS).count == 0


@pytest.mark.parametrize("path", [*PAGES, *DATA])
def test_what_is_read_needs_the_login_and_answers_only_get(
    shop: Sidecar, client: FlaskClient, path: str
) -> None:
    assert client.get(path).status_code == 200
    assert client.post(path).status_code in (403, 405)
    assert shop.app.test_client().get(path).status_code in (302, 401)


def test_a_job_is_shown_without_what_its_exception_says(client: FlaskClient, redis: Redis) -> None:
    job = a_failed_job(redis)
    listed = client.get("/ops/queues/0/data/jobs/orders/failed/8/asc/1.json")
    shown = client.get(f"/ops/queues/0/data/job/{job}.json")
    for answer in (listed, shown):
        assert "erika" not in answer.text
        assert "ValueError" in answer.text
    assert client.get(f"/ops/queues/0/view/job/{job}").status_code == 200


def test_a_worker_at_work_is_shown_by_the_name_of_its_job(
    client: FlaskClient, redis: Redis
) -> None:
    queue = queues.queue(redis, queues.BULK)
    job = queue.enqueue_call("causeway.queueing.jobs.poll", ("erp",), description="Poll erp")
    worker: Any = SimpleWorker([queue], connection=redis, serializer="json")
    worker.register_birth()
    worker.set_current_job_id(job.id)
    (row,) = client.get("/ops/queues/0/data/workers.json").get_json()["workers"]
    assert row["current_job"]["call_string"] == "causeway.queueing.jobs.poll('erp')"


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_redis_is_ever_unpickled(
    client: FlaskClient, redis: Redis, tmp_path: Path
) -> None:
    """Who can write to Redis must not be able to run code here."""
    job, sprung = a_failed_job(redis), tmp_path / "sprung"
    redis.hset(f"rq:job:{job}", "data", zlib.compress(pickle.dumps(Trap(sprung))))
    queue = queues.queue(redis, queues.BULK)
    worker: Any = SimpleWorker([queue], connection=redis, serializer="json")
    worker.register_birth()
    worker.set_current_job_id(job)
    for path in (*DATA, f"/ops/queues/0/data/job/{job}.json", f"/ops/queues/0/view/job/{job}"):
        client.get(path)
        assert not sprung.exists(), path


def test_no_page_tells_where_redis_is(shop: Sidecar, client: FlaskClient) -> None:
    for path in (*PAGES, *DATA):
        shown = client.get(path).text
        assert REDIS_PASSWORD not in shown
        assert "redis.sock" not in shown
        assert "unix:" not in shown
    kept = repr({k: v for k, v in shop.app.config.items() if k.startswith("RQ_")})
    assert REDIS_PASSWORD not in kept
    assert "redis.sock" not in kept


def test_only_scripts_with_the_nonce_of_the_answer_run(client: FlaskClient) -> None:
    policies = set()
    for path in PAGES:
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([\w-]+)' 'unsafe-eval';", policy)
        assert nonce is not None
        assert "unsafe-inline" not in policy
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert scripts
        for script in scripts:
            assert f'nonce="{nonce.group(1)}"' in script or 'type="text/template"' in script
        policies.add(policy)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
    assert len(policies) == len(PAGES)


def test_the_files_its_pages_name_are_there(client: FlaskClient) -> None:
    shown = client.get("/ops/queues/").text
    files = re.findall(r'(?:src|href)="(/ops/(?:queues/)?static/[^"]+)"', shown)
    assert len(files) >= 6
    for path in files:
        assert client.get(path.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/ops/queues/1/view/queues",
        "/ops/queues/0/data/jobs/orders/nothing/8/asc/1.json",
        "/ops/queues/0/data/jobs/orders/queued/100000/asc/1.json",
        "/ops/queues/0/data/jobs/orders/queued/x/asc/1.json",
        "/ops/queues/0/data/jobs/orders/queued/8/asc/0.json",
        "/ops/queues/0/view/jobs/orders/queued/8/sideways/1",
        "/ops/queues/0/view/job/none",
        "/ops/queues/0/data/job/none.json",
    ],
)
def test_a_list_that_does_not_exist_is_told_as_such(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_redis_the_page_says_so(tmp_path: Path) -> None:
    gone = connect(f"unix://{tmp_path}/none.sock")
    with sidecar(tmp_path, gone) as shop:
        client = shop.app.test_client()
        log_in(client)
        for path in (*PAGES, *DATA):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert "Redis does not answer" in answer.text
        assert "Redis does not answer; work waits in the ledger." in client.get("/ops/").text


def test_two_apps_in_one_process_each_show_their_own_redis(
    client: FlaskClient, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    queues.queue(redis, queues.BULK).enqueue_call("causeway.queueing.jobs.project")
    with redis_server(tmp_path / "other") as second, sidecar(tmp_path / "other", second) as other:
        there = other.app.test_client()
        log_in(there)
        assert there.get(DATA[0]).get_json()["queues"] == []
        assert [q["name"] for q in client.get(DATA[0]).get_json()["queues"]] == ["bulk"]
