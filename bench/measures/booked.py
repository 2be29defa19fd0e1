"""From intake to booked, one order at a time, the whole sidecar otherwise idle."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import requests

from bench import orders, sidecar
from bench.place import PROJECT, clean_environ
from bench.processes import running, wait_until
from bench.rows import Bar, Limit, Row
from bench.sidecar import Sidecar
from bench.stats import percentile
from causeway.demo.shop import Shop

ORDERS, WARM_UP = 40, 3
LONGEST_SECONDS = 20.0
POLL_SECONDS = 0.03
NOOPS, POSTS = 20, 60


def measure() -> list[Row]:
    """p50 with the bar, p95 beside it; milliseconds between the two milestones."""
    with sidecar.whole() as running:
        shop = Shop(running.pairing)
        pauses = random.Random(2)  # the pump beats once a second: meet it at any moment of it
        times = []
        for number in range(1, WARM_UP + ORDERS + 1):
            times.append(_booked_after(shop, number) * 1000)
            time.sleep(pauses.uniform(0.3, 0.9))
        times = times[WARM_UP:]
        limits = (
            Limit("no-op RQ job of the same worker class, enqueued to done, p50", _noop(running)),
            Limit("bare POST to the sandbox ERP, p50", _post(running)),
        )
    note = f"{len(times)} orders, p50 {percentile(times, 0.5):.0f}, longest {max(times):.0f} ms"
    return [
        Row("booked", percentile(times, 0.5), "ms", limits, Bar("<=", 300), note),
        Row("booked-p95", percentile(times, 0.95), "ms"),
    ]


def _booked_after(shop: Shop, number: int) -> float:
    """Send one order and wait for its end; seconds from received to booked."""
    answer = shop.post("/v1/events", {"events": [orders.event(number)]})
    if answer.status_code != 202:
        raise RuntimeError(f"order {number} was answered with {answer.status_code}")
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end:
        answer = shop.get(f"/v1/orders/{number}")
        if answer.status_code == 200:
            at = {m["name"]: datetime.fromisoformat(m["at"]) for m in answer.json()["milestones"]}
            if "booked" in at:
                return (at["booked"] - at["received"]).total_seconds()
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"order {number} was not booked within {LONGEST_SECONDS:.0f} s")


def _noop(running: Sidecar) -> float:
    """p50 in ms of a job that does nothing, in an RQ worker of its own on the same Redis."""
    from redis import Redis
    from rq import Queue
    from rq.serializers import JSONSerializer

    redis = Redis.from_url(running.settings.redis_url)
    queue = Queue("bench", connection=redis, serializer=JSONSerializer)
    times = []
    with _worker(running, redis):
        for _ in range(NOOPS):
            began = time.monotonic()
            job = queue.enqueue_call("bench.noop.run", result_ttl=60)
            job.latest_result(timeout=10)
            times.append((time.monotonic() - began) * 1000)
    redis.close()
    return percentile(times, 0.5)


@contextmanager
def _worker(running_sidecar: Sidecar, redis: object) -> Iterator[None]:
    import sys

    from redis import Redis
    from rq import Worker

    assert isinstance(redis, Redis)
    log = running_sidecar.log.with_name("noop.log")
    command = [sys.executable, "-m", "bench.noop", running_sidecar.settings.redis_url]
    before = Worker.count(connection=redis)
    with running(command, clean_environ(PYTHONPATH=str(PROJECT)), log) as child:
        wait_until(lambda: Worker.count(connection=redis) > before, child, log)
        yield


def _post(running: Sidecar) -> float:
    """p50 in ms of an order posted to the sandbox ERP over a kept connection."""
    erp = next(c for c in running.settings.connections if c.kind == "sandbox_erp")
    times = []
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {erp.token}"
        for number in range(POSTS):
            began = time.monotonic()
            answer = session.post(f"{erp.url}/erp/orders", json=_document(number), timeout=5)
            times.append((time.monotonic() - began) * 1000)
            if answer.status_code != 201:
                raise RuntimeError(
                    f"the sandbox answered {answer.status_code}: {answer.text[:200]}"
                )
    return percentile(times, 0.5)


def _document(number: int) -> dict[str, object]:
    tax = {"code": "DE-19", "amount": "4.75"}
    line = {"kind": "item", "sku": "BENCH-1", "name": "Mug", "quantity": "2", "unit_price": "12.50"}
    address = {"name": "Erika Mustermann", "address_1": "Weg 1", "city": "Berlin", "country": "DE"}
    return {
        "external_ref": f"bare:{number}:book",
        "origin": f"bare:{number}",
        "order_reference": str(number),
        "currency": "EUR",
        "warehouse": "MAIN",
        "customer": {"ref": "bare:1", "name": "Erika Mustermann"},
        "billing": {**address, "postcode": "10115"},
        "lines": [{**line, "net": "25.00", "taxes": [tax]}],
        "taxes": [{**tax, "percent": "19"}],
        "total": "29.75",
    }
