"""Whether rq-dashboard's own scripts run under the policy that our pages set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.screenshots import a_busy_queue, browser, cookie_of, run, serving
from tests.ops_tools import redis_server, sidecar


def test_a_browser_shows_the_queues_under_our_policy(tmp_path: Path) -> None:
    found = browser()
    if found is None:
        pytest.skip("not tested in a browser: Chromium is not installed")
    with redis_server(tmp_path) as redis, sidecar(tmp_path, redis) as shop:
        a_busy_queue(shop, redis)
        with serving(shop, cookie_of(shop)) as address:
            shown = run(found, f"{address}/ops/queues/", "--dump-dom")
            failed = run(
                found, f"{address}/ops/queues/0/view/jobs/orders/failed/8/asc/1", "--dump-dom"
            )
    assert '<tr data-role="queue">' in shown.split("<script")[0]
    assert "A job that fails" in failed.split("<script")[0]
