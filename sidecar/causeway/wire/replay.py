"""Remembering the ids of messages for as long as their signatures would be believed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError


class ReplayGuard(Protocol):
    def first_time(self, store: str, message_id: str) -> bool:
        """Note the message; False when it was noted before."""
        ...


class MemoryGuard:
    """For one process. Holds the newest `most` ids."""

    def __init__(self, seconds: float, most: int = 100_000) -> None:
        self._seconds = seconds
        self._most = most
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def first_time(self, store: str, message_id: str) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - self._seconds:
                self._seen.popitem(last=False)
            if (store, message_id) in self._seen:
                return False
            if len(self._seen) >= self._most:
                self._seen.popitem(last=False)
            self._seen[store, message_id] = now
            return True


class RedisGuard:
    """For all processes. While Redis is away each process remembers for itself."""

    REST_SECONDS = 2.0

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis = redis
        self._seconds = round(seconds)
        self._own = MemoryGuard(seconds)
        self._resting_until = 0.0

    def first_time(self, store: str, message_id: str) -> bool:
        if not self._own.first_time(store, message_id):
            return False
        if time.monotonic() < self._resting_until:
            return True
        try:
            key = f"causeway:seen:{store}:{message_id}"
            return bool(self._redis.set(key, 1, nx=True, ex=self._seconds))
        except RedisError:
            self._resting_until = time.monotonic() + self.REST_SECONDS
            return True
