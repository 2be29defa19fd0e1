"""A job that does nothing, and a worker of the class the sidecar uses to run it."""

from __future__ import annotations

import sys

from redis import Redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer


def run() -> None:
    """The job."""


def main(url: str) -> None:
    redis = Redis.from_url(url)
    queue = Queue("bench", connection=redis, serializer=JSONSerializer)
    Worker([queue], connection=redis, serializer=JSONSerializer).work(logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1])
