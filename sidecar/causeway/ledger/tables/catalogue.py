"""Prices, products, and the figures each shop is given."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from causeway.ledger.tables.columns import ExactText, Serial, Utc, metadata

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
    # The last day of the sale that is on, in the store's zone. `sale_from` is the version before's.
    Column("sale_from", Date),
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
