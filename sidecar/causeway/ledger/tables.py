"""The ledger's tables. SQLite and PostgreSQL alike; migrations make them (`migrations/`)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Serial = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is refused: nobody knows when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactText(TypeDecorator[Any]):
    """A Decimal kept exactly: NUMERIC where there is one, text in SQLite, which has only floats."""

    impl = Numeric(28, 10)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(40) if sqlite else Numeric(28, 10))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = Decimal(value)
        return exact.normalize() + 0 if dialect.name != "sqlite" else exact


def is_waiting(table: Any) -> ColumnElement[bool]:
    """Whether an event waits, spelled as its partial indexes spell it: SQLite then uses them."""
    return cast(ColumnElement[bool], table.c.state == literal_column("'waiting'"))


def is_unfinished(table: Any) -> ColumnElement[bool]:
    """Whether a delivery is not at its end, spelled as its partial indexes spell it."""
    words = ("'waiting'", "'sending'", "'unknown'", "'parked'")
    states: list[ColumnElement[str]] = [literal_column(word) for word in words]
    return cast(ColumnElement[bool], table.c.state.in_(states))


def is_ready(table: Any) -> ColumnElement[bool]:
    """Whether a delivery goes on by itself when due, spelled as its partial index spells it."""
    states: list[ColumnElement[str]] = [
        literal_column(word) for word in ("'waiting'", "'sending'", "'unknown'")
    ]
    return cast(ColumnElement[bool], table.c.state.in_(states))


def is_open(table: Any) -> ColumnElement[bool]:
    """Whether a case is open, spelled as its partial index spells it."""
    return cast(ColumnElement[bool], table.c.state == literal_column("'open'"))


def _lane() -> Column[Any]:
    """0 for what somebody waits for, 1 for stock, catalogue and history, which give way."""
    return Column("lane", SmallInteger, nullable=False, server_default="0")


def _lease() -> list[Column[Any]]:
    """Who works on a row until when. `fence` rises with each claim; older holders cannot write."""
    return [
        Column("lease_owner", String(80)),
        Column("lease_until", Utc),
        Column("fence", Integer, nullable=False, server_default="0"),
        Column("attempts", Integer, nullable=False, server_default="0"),
    ]


stores = Table(
    "stores",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", Utc, nullable=False),
)

store_secrets = Table(
    "store_secrets",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False, index=True),
    Column("secret", String(200), nullable=False),
    Column("created_at", Utc, nullable=False),
    # A rotated secret is still accepted until then; None is the current one.
    Column("expires_at", Utc),
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("source", String(60), nullable=False),
    Column("id", String(36), nullable=False),
    Column("topic", String(60), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("occurred_at", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("schema", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("done_at", Utc),
    _lane(),
    *_lease(),
    UniqueConstraint("source", "id"),
)
_WAITING = is_waiting(events)
Index(
    "ix_events_lane",
    events.c.lane,
    events.c.due_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_events_line",
    events.c.source,
    events.c.entity,
    events.c.entity_id,
    events.c.seq,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_events_entity", events.c.source, events.c.entity, events.c.entity_id)

orders = Table(
    "orders",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("phase", String(12), nullable=False),
    Column("financial", String(24), nullable=False),
    Column("fulfilment", String(24), nullable=False),
    Column("total", ExactText, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    # Since when its person is taken out of everything kept of it.
    Column("erased_at", Utc),
    UniqueConstraint("store", "order_id"),
)
_ERASED = orders.c.erased_at.is_not(None)
Index("ix_orders_erased", orders.c.erased_at, sqlite_where=_ERASED, postgresql_where=_ERASED)
Index("ix_orders_changed", orders.c.changed_at)
Index("ix_orders_number", orders.c.number)

milestones = Table(
    "milestones",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("name", String(20), nullable=False),
    # What tells several of one name apart: a refund's id, a shipment's.
    Column("ref", String(120), nullable=False, server_default=""),
    Column("detail", String(255), nullable=False, server_default=""),
    Column("at", Utc, nullable=False),
    UniqueConstraint("store", "order_id", "name", "ref"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("key", String(255), nullable=False),
    Column("store", String(40), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("reason", String(500), nullable=False, server_default=""),
    # How often a worker died while sending it.
    Column("deaths", Integer, nullable=False, server_default="0"),
    _lane(),
    *_lease(),
    UniqueConstraint("connection", "key"),
)
_OPEN = is_unfinished(deliveries)
_READY = is_ready(deliveries)
Index(
    "ix_deliveries_open",
    deliveries.c.connection,
    deliveries.c.state,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index(
    "ix_deliveries_ready",
    deliveries.c.connection,
    deliveries.c.store,
    deliveries.c.lane,
    deliveries.c.due_at,
    sqlite_where=_READY,
    postgresql_where=_READY,
)
Index(
    "ix_deliveries_line",
    deliveries.c.connection,
    deliveries.c.store,
    deliveries.c.order_id,
    deliveries.c.id,
)
Index("ix_deliveries_order", deliveries.c.store, deliveries.c.order_id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("delivery_id", BigInteger, nullable=False, index=True),
    Column("started_at", Utc, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("detail", String(500), nullable=False, server_default=""),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("ours", String(255), nullable=False),
    Column("theirs", String(255), nullable=False),
    Column("number", String(255), nullable=False, server_default=""),
    Column("bound_at", Utc, nullable=False),
    UniqueConstraint("connection", "kind", "ours"),
    UniqueConstraint("connection", "kind", "theirs"),
)

updates = Table(
    "updates",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("key", String(255), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("store", "seq"),
    UniqueConstraint("store", "key"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Serial, primary_key=True),
    # What it is about, in words that stay the same: the same trouble twice is one case.
    Column("key", String(255), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("store", String(40), nullable=False, server_default=""),
    Column("order_id", String(64), nullable=False, server_default=""),
    Column("connection", String(40), nullable=False, server_default=""),
    Column("delivery_id", BigInteger),
    Column("event_seq", BigInteger),
    Column("title", String(255), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("opened_at", Utc, nullable=False),
    Column("resolved_at", Utc),
    Column("resolved_by", String(80)),
    # Why it was resolved, in the words of who did it.
    Column("resolution", String(500), nullable=False, server_default=""),
)
_CASE_OPEN = is_open(cases)
Index(
    "uq_cases_open_key",
    cases.c.key,
    unique=True,
    sqlite_where=_CASE_OPEN,
    postgresql_where=_CASE_OPEN,
)
Index("ix_cases_order", cases.c.store, cases.c.order_id)

connections = Table(
    "connections",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("paused_reason", String(255)),
    Column("paused_at", Utc),
    Column("polled_at", Utc),
    Column("poll_problem", String(500)),
    # Up to when it has reported every change of its stock.
    Column("stock_as_of", Utc),
    # While it runs beside another connector: everything is computed, nothing is sent.
    Column("shadow", Integer, nullable=False, server_default="0"),
    # Orders that arrived before then stay in shadow: another connector has them.
    Column("live_from", Utc),
)

mappings = Table(
    "mappings",
    metadata,
    # Never changed: an entry that is no longer right gets its end, and another one follows.
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("connection", String(40), nullable=False),
    Column("table_name", String(20), nullable=False),
    Column("pattern", String(255), nullable=False),
    Column("value", String(255), nullable=False),
    Column("valid_from", Utc),
    Column("valid_until", Utc),
    Column("added_at", Utc, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("removed_at", Utc),
    # In force from one version on until another; 0 is what stood there before there were any.
    Column("added_in", Integer, nullable=False, server_default="0"),
    Column("removed_in", Integer),
)
Index("ix_mappings_store", mappings.c.store)

mapping_versions = Table(
    "mapping_versions",
    metadata,
    # Each change of a store's mappings: who, when, why.
    Column("store", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("why", String(255), nullable=False),
)

waiting_orders = Table(
    "waiting_orders",
    metadata,
    # Orders that wait until a table has a word.
    Column("store", String(40), primary_key=True),
    Column("table_name", String(20), primary_key=True),
    Column("word", String(255), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("since", Utc, nullable=False),
)

waiting_deliveries = Table(
    "waiting_deliveries",
    metadata,
    # Deliveries that a connection refused for want of a word: a product it has not got, say.
    Column("delivery_id", Serial, primary_key=True, autoincrement=False),
    Column("connection", String(40), nullable=False),
    Column("table_name", String(40), nullable=False),
    Column("word", String(255), nullable=False),
    Column("since", Utc, nullable=False),
    Column("tried_at", Utc, nullable=False),
)
Index(
    "ix_waiting_deliveries_word",
    waiting_deliveries.c.connection,
    waiting_deliveries.c.table_name,
    waiting_deliveries.c.word,
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("moved_at", Utc, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    # Numbers that must be given out in the order in which transactions commit: a reader's cursor
    # then misses nothing. Taking one holds its row until the commit.
    Column("name", String(120), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("connection", String(40), primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("on_hand", ExactText, nullable=False),
    Column("reserved", ExactText, nullable=False),
    Column("as_of", Utc, nullable=False),
    Column("incoming", ExactText),
    Column("incoming_at", Date),
    Column("unit", String(16), nullable=False, server_default=""),
)
Index("ix_stock_levels_sku", stock_levels.c.sku)

stock_movements = Table(
    "stock_movements",
    metadata,
    # What a source said moved; it counts until a level that is newer than `counted_from`.
    Column("connection", String(40), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("warehouse", String(64), nullable=False),
    Column("sku", String(120), nullable=False),
    Column("quantity", ExactText, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Utc, nullable=False),
    # Whose levels it changes: the connection itself, or the one that keeps its stock.
    Column("level_of", String(40), nullable=False),
    Column("counted_from", Utc, nullable=False),
)
Index("ix_stock_movements_sku", stock_movements.c.sku)
Index("ix_stock_movements_at", stock_movements.c.counted_from)

price_entries = Table(
    "price_entries",
    metadata,
    Column("connection", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    # What tells a SKU's entries apart: list, currency, group, from how many, from when.
    Column("entry", String(200), primary_key=True),
    Column("price_list", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("customer_group", String(64), nullable=False, server_default=""),
    Column("min_quantity", ExactText, nullable=False),
    Column("regular", ExactText, nullable=False),
    Column("sale", ExactText),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("sale_from", Date),
    Column("sale_until", Date),
    Column("includes_tax", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False, server_default="0"),
    Column("as_of", Utc, nullable=False),
)
Index("ix_price_entries_sku", price_entries.c.sku)

price_overrides = Table(
    "price_overrides",
    metadata,
    # Every override ever said, in order; the last one of a SKU counts. No price ends it.
    Column("id", Serial, primary_key=True),
    Column("store", String(40), nullable=False),
    Column("sku", String(120), nullable=False),
    Column("regular", ExactText),
    Column("until", Date),
    Column("reason", String(255), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("at", Utc, nullable=False),
)
Index("ix_price_overrides_sku", price_overrides.c.sku, price_overrides.c.store)

allocations = Table(
    "allocations",
    metadata,
    # What an accepted order takes from stock until the source's own figures count it.
    Column("store", String(40), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("quantity", ExactText, nullable=False),
    # From when `booked_by` (empty: any source) counts it in its own figures.
    Column("booked_at", Utc),
    Column("booked_by", String(40), nullable=False, server_default=""),
    Column("made_at", Utc),
    # An order that waits for its payment holds its goods until then.
    Column("expires_at", Utc),
)
Index("ix_allocations_sku", allocations.c.sku)
Index("ix_allocations_expires_at", allocations.c.expires_at)

stock_parcels = Table(
    "stock_parcels",
    metadata,
    # What left of an order's goods, where a source counts an order only once it has shipped it.
    Column("store", String(40), primary_key=True),
    Column("order_id", String(64), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("ref", String(120), primary_key=True),
    Column("connection", String(40), nullable=False),
    Column("quantity", ExactText, nullable=False),
    Column("at", Utc, nullable=False),
)
Index("ix_stock_parcels_sku", stock_parcels.c.sku)

stock_grants = Table(
    "stock_grants",
    metadata,
    # What a store was told it may sell and has not sold since, where stores share stock.
    Column("store", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("remaining", ExactText, nullable=False),
    Column("exposed", ExactText, nullable=False),
    # The catalogue's number of the figure that brings it down to `remaining` once it is in force.
    Column("seq", BigInteger, nullable=False),
    # 1 where more than `remaining` may be in force.
    Column("open", Integer, nullable=False, server_default="0"),
)
Index("ix_stock_grants_sku", stock_grants.c.sku)
_GRANT_OPEN = stock_grants.c.open == literal_column("1")
Index(
    "ix_stock_grants_open",
    stock_grants.c.store,
    stock_grants.c.seq,
    sqlite_where=_GRANT_OPEN,
    postgresql_where=_GRANT_OPEN,
)

shop_figures = Table(
    "shop_figures",
    metadata,
    # What each shop last said it has of a SKU.
    Column("store", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("product_id", String(64), nullable=False, server_default=""),
    Column("gtin", String(20), nullable=False, server_default=""),
    Column("managed", Integer, nullable=False),
    Column("quantity", ExactText),
    Column("regular", ExactText),
    Column("sale", ExactText),
    Column("at", Utc, nullable=False),
    # The newest version of the product's event that it comes from.
    Column("version", BigInteger, nullable=False, server_default="0"),
)
Index("ix_shop_figures_product_id", shop_figures.c.store, shop_figures.c.product_id)

held_changes = Table(
    "held_changes",
    metadata,
    # Figures that a guard rail keeps from a shop until a person decides.
    Column("store", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("part", String(10), primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("was", String(120), nullable=False),
    Column("new", String(120), nullable=False),
    # What exactly was held; approving lets this pass and no other.
    Column("print", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("case_key", String(255), nullable=False),
    Column("held_at", Utc, nullable=False),
    Column("decided_by", String(80)),
)
Index("ix_held_changes_sku", held_changes.c.sku)
Index("ix_held_changes_case", held_changes.c.case_key, held_changes.c.state)

products = Table(
    "products",
    metadata,
    Column("connection", String(40), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("sku", String(120), nullable=False),
    Column("gtin", String(20), nullable=False, server_default=""),
    Column("parent_sku", String(120), nullable=False, server_default=""),
    Column("data", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("changed_at", Utc, nullable=False),
)
Index("ix_products_sku", products.c.sku)

# The version before marks a SKU here, once; `marks.take_over` brings it on.
dirty_skus = Table(
    "dirty_skus",
    metadata,
    Column("sku", String(120), primary_key=True),
    Column("marked_at", Utc, nullable=False),
)

sku_marks = Table(
    "sku_marks",
    metadata,
    # A mark for each change, never one for several: whoever works a SKU out takes away the marks
    # he saw, and one that was made meanwhile stays. So no number may ever come again.
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("sku", String(120), nullable=False),
    Column("marked_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_sku_marks_sku", sku_marks.c.sku)

catalog = Table(
    "catalog",
    metadata,
    Column("store", String(40), primary_key=True),
    Column("sku", String(120), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("quantity", ExactText),
    Column("regular", ExactText),
    Column("sale", ExactText),
    Column("currency", String(3), nullable=False, server_default=""),
    Column("includes_tax", Integer, nullable=False, server_default="0"),
    Column("as_of", Utc),
    Column("changed_at", Utc, nullable=False),
    # on, off, or empty where no source speaks of sales.
    Column("sale_state", String(4), nullable=False, server_default=""),
    # The last day of the sale that is on, in the store's zone.
    Column("sale_until", Date),
    Column("tiers", Text, nullable=False, server_default=""),
    Column("incoming", ExactText),
    Column("incoming_at", Date),
    Column("backorders", Integer, nullable=False, server_default="0"),
    # When a price begins or ends by itself.
    Column("turns_at", Utc),
    UniqueConstraint("store", "seq"),
)
Index("ix_catalog_sku", catalog.c.sku)
Index("ix_catalog_turns_at", catalog.c.turns_at)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("at", Utc, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(255), nullable=False),
)

replays = Table(
    "replays",
    metadata,
    # Deliveries made due again by hand, a batch at a time; `last_id` says how far it has come.
    Column("id", Serial, primary_key=True),
    Column("actor", String(80), nullable=False),
    Column("selection", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("last_id", BigInteger, nullable=False, server_default="0"),
    Column("end_id", BigInteger, nullable=False),
    Column("next_due", Utc, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
)
_UNDER_WAY = replays.c.finished_at.is_(None)
Index("ix_replays_open", replays.c.id, sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY)

marks = Table(
    "marks",
    metadata,
    # What happened to the ledger itself: backed up, restored.
    Column("name", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Utc, nullable=False),
)
