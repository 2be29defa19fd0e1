"""Prometheus metrics, counted from the ledger when asked: right in every process.

Names in base units (https://prometheus.io/docs/practices/naming/); labels never hold a person,
an order or a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from causeway.engine import checks
from causeway.engine.context import Context
from causeway.ledger import cases, connections, deliveries, events
from causeway.ledger.tables import updates
from causeway.queueing import queues

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render(context: Context, redis: Redis) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry()
    registry.register(_LedgerCollector(context, redis))
    return generate_latest(registry)


class _LedgerCollector(Collector):
    def __init__(self, context: Context, redis: Redis) -> None:
        self._context = context
        self._redis = redis

    def collect(self) -> Iterator[Metric]:
        """A ledger that does not answer is a figure too; the others are then missing."""
        try:
            with self._context.ledger.read() as connection:
                found = list(self._ledger(connection))
        except SQLAlchemyError:
            found = []
        up = "1 when the ledger can be read"
        yield GaugeMetricFamily("causeway_ledger_up", up, int(bool(found)))
        yield from found
        yield from self._checks()
        yield from self._limits()
        yield from self._queues()

    def _checks(self) -> Iterator[Metric]:
        """What /healthz says, as figures."""
        standing = GaugeMetricFamily(
            "causeway_check", "0 is good, 1 needs a look, 2 has failed", labels=["check"]
        )
        alerts = GaugeMetricFamily(
            "causeway_alert", "1 where a person must be told", labels=["check"]
        )
        for finding in (*checks.keeping(self._context), *checks.working(self._context)):
            standing.add_metric([finding.name], ("pass", "warn", "fail").index(finding.status))
            alerts.add_metric([finding.name], int(finding.alert))
        yield standing
        yield alerts
        free = checks.free_bytes(self._context)
        yield GaugeMetricFamily("causeway_disk_free_bytes", "Free where the ledger is", free)

    def _ledger(self, connection: Connection) -> Iterator[Metric]:
        yield from self._events(connection)
        yield from self._deliveries(connection)
        yield self._counted(
            "causeway_cases_open", "Open cases", "kind", cases.count_open(connection)
        )
        paused = {n: int(bool(r.paused_at)) for n, r in connections.every(connection).items()}
        yield self._counted(
            "causeway_connection_paused", "1 where nothing is sent", "connection", paused
        )
        newest = select(updates.c.store, func.max(updates.c.seq)).group_by(updates.c.store)
        rows = {row[0]: row[1] for row in connection.execute(newest)}
        yield self._counted("causeway_updates_last", "Number of the newest update", "store", rows)

    def _events(self, connection: Connection) -> Iterator[Metric]:
        count, oldest = events.waiting(connection)
        age = (self._context.now() - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("causeway_events_waiting", "Events not worked on yet", count)
        yield GaugeMetricFamily(
            "causeway_oldest_event_age_seconds", "Age of the oldest event not worked on", age
        )

    def _deliveries(self, connection: Connection) -> Iterator[Metric]:
        standing = GaugeMetricFamily(
            "causeway_deliveries", "Deliveries not at their end", labels=["connection", "state"]
        )
        for (name, state), count in deliveries.counts(connection).items():
            standing.add_metric([name, state], count)
        yield standing
        now = self._context.now()
        ages = {n: (now - at).total_seconds() for n, at in deliveries.oldest(connection).items()}
        waiting = checks.oldest_waiting(connection)
        yield self._counted(
            "causeway_oldest_waiting_delivery_age_seconds",
            "Age of the oldest delivery that goes on by itself, at connections in use",
            "connection",
            {name: (now - at).total_seconds() for name, at in waiting.items()},
        )
        yield self._counted(
            "causeway_oldest_undelivered_age_seconds",
            "Age of the oldest delivery not at its end",
            "connection",
            ages,
        )

    def _limits(self) -> Iterator[Metric]:
        names = [c.name for c in self._context.settings.connections]
        found = {name: self._context.limits.standing(name) for name in names}
        closed = {name: int(one.circuit != "closed") for name, one in found.items()}
        yield self._counted(
            "causeway_circuit_open", "1 where calls are held back", "connection", closed
        )
        calls = {name: one.under_way for name, one in found.items()}
        yield self._counted("causeway_calls_under_way", "Calls of all workers", "connection", calls)

    def _queues(self) -> Iterator[Metric]:
        try:
            depths = {lane: queues.queue(self._redis, lane).count for lane in queues.LANES}
        except RedisError:
            depths = {}
        yield GaugeMetricFamily("causeway_redis_up", "1 when Redis answers", int(bool(depths)))
        yield self._counted("causeway_queue_jobs", "Jobs waiting in a lane", "lane", depths)

    def _counted(
        self, name: str, text: str, label: str, values: dict[str, int] | dict[str, float]
    ) -> Metric:
        family = GaugeMetricFamily(name, text, labels=[label])
        for key, value in values.items():
            family.add_metric([key], value)
        return family
