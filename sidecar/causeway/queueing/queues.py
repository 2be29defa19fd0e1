"""The two lanes. Orders never wait behind a catalogue."""

from __future__ import annotations

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

ORDERS = "orders"
BULK = "bulk"
LANES = (ORDERS, BULK)

# How long one job may work before it hands over to the next, and how long before it is ended:
# the difference is the longest a call to a connection may still take.
DRAIN_SECONDS = 20
JOB_SECONDS = 330
RESULT_SECONDS = 60
FAILURE_SECONDS = 86_400


def queue(redis: Redis, lane: str) -> Queue:
    return Queue(lane, connection=redis, serializer=JSONSerializer, default_timeout=JOB_SECONDS)
