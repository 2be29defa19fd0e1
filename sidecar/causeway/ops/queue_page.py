"""rq-dashboard behind our login, to be looked at only.

As it comes it has no login and no CSRF protection, requeues by GET, unpickles whatever lies in
Redis and shows whole exceptions. So only the endpoints below are let through, and a new version's
new routes are refused until somebody has read them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request
from redis import Redis
from redis.exceptions import RedisError
from rq_dashboard import blueprint, web
from werkzeug.wrappers import Response as AnyResponse

from causeway.ops.desk import told
from causeway.queueing import queues

READ = frozenset(
    f"rq_dashboard.{name}"
    for name in (
        "static",
        "queues_overview",
        "workers_overview",
        "jobs_overview",
        "job_view",
        "list_queues",
        "list_jobs",
        "job_info",
        "list_workers",
    )
)
REGISTRIES = ("queued", "scheduled", "deferred", "started", "finished", "failed", "canceled")
MOST_JOBS = 200
_FRAME = re.compile(r'\s+File "(?:.*?/)?([^/"]+/[^/"]+|[^/"]+)", line (\d+), in (\w+|<\w+>)')
_KIND = re.compile(r"[\w.]+")


def mount(app: Flask, redis: Redis) -> None:
    """Under /ops/queues/, on our own connection: no address of Redis is in its configuration."""
    _fit()
    app.config.update(RQ_DASHBOARD_REDIS_URL=("Redis",), RQ_DASHBOARD_DISABLE_DELETE=True)
    setattr(app, "redis_conn", redis)  # noqa: B010 (the name rq-dashboard looks for)
    app.register_blueprint(blueprint, url_prefix="/ops/queues")
    app.before_request(_look_only)
    for endpoint in READ - {"rq_dashboard.static"}:
        app.view_functions[endpoint] = _answering(app.view_functions[endpoint])


def _fit() -> None:
    """Make rq-dashboard read what we write: JSON, never pickles, over the connection we have."""

    class JsonWorker(web.Worker):  # type: ignore[misc]
        @classmethod
        def all(cls, *args: Any, **kwargs: Any) -> Any:
            return super().all(*args, **{**kwargs, "serializer": web.config.serializer})

    class JsonJob(web.Job):  # type: ignore[misc]
        @classmethod
        def fetch(cls, *args: Any, **kwargs: Any) -> Any:
            return super().fetch(*args, **{**kwargs, "serializer": web.config.serializer})

    if web.config.serializer is not _serializer():
        web.config.serializer = _serializer()
        web.Worker, web.Job = JsonWorker, JsonJob
        web.from_url = lambda *_, **__: (None, current_app.extensions["redis"])


def _serializer() -> Any:
    return queues.queue(Redis(), queues.ORDERS).serializer


def _look_only() -> AnyResponse | None:
    if request.blueprint != "rq_dashboard":
        return None
    if request.endpoint not in READ or request.method not in ("GET", "HEAD", "OPTIONS"):
        return told(
            403,
            "The queues are only to be looked at",
            "Jobs are hints; retry a delivery instead.",
            "What is to be done stands in the ledger; the pump gives a lost hint again.",
        )
    if not _sensible(request.view_args or {}):
        return told(404, "There is nothing here", "The queue page has no such list.")
    g.nonce = secrets.token_urlsafe(16)
    return None


def _sensible(given: dict[str, Any]) -> bool:
    """Whether an address asks for something that exists, and not for too much of it."""
    page, count = str(given.get("page", 1)), str(given.get("per_page", 1))
    return (
        given.get("instance_number", 0) == 0
        and given.get("registry_name", "queued") in REGISTRIES
        and given.get("order", "asc") in ("asc", "dsc")
        and all(re.fullmatch(r"[1-9][0-9]{0,5}", number) for number in (page, count))
        and int(count) <= MOST_JOBS
    )


def redact(answer: Response) -> Response:
    """Take out of a job's exception what it says: where it was raised, and its kind, is enough."""
    if answer.is_json and answer.status_code == 200:
        body = orjson.loads(answer.get_data())
        for job in [body, *body.get("jobs", [])]:
            if job.get("exc_info"):
                job["exc_info"] = where_it_was_raised(job["exc_info"])
            job.pop("result", None)
        answer.set_data(orjson.dumps(body))
    return answer


def where_it_was_raised(trace: str) -> str:
    """The files and lines of a traceback and the kind of its error, without its words."""
    lines = trace.strip().splitlines()
    frames = ["{}:{} in {}".format(*found.groups()) for found in map(_FRAME.match, lines) if found]
    kind = _KIND.match(lines[-1]) if lines else None
    return "\n".join([*frames, kind.group() if kind else "an error"])


def _answering(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, with a page in place of what it would raise."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            current_app.extensions["redis"].ping()  # it would answer some failures with 200
            return view(*args, **kwargs)
        except web.NoSuchJobError:
            return told(404, "This job is gone", "Jobs are forgotten soon after they end.")
        except RedisError:
            return told(
                503,
                "Redis does not answer",
                "The queues cannot be shown. Nothing is lost: work waits in the ledger.",
                "Start Redis, or mend redis.url in the settings.",
            )

    return answer
