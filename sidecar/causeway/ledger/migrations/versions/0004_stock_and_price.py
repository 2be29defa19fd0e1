"""Stock and price: movements, reservations, grants, price entries, held changes, products."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from causeway.ledger.tables import ExactText, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

def _column(name: str, kind: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, **more)


def upgrade() -> None:
    for name, kind in (("incoming", ExactText()), ("incoming_at", sa.Date())):
        op.add_column("stock_levels", _column(name, kind))
        op.add_column("catalog", _column(name, kind))
    word = {"nullable": False, "server_default": ""}
    op.add_column("stock_levels", _column("unit", sa.String(16), **word))
    op.add_column("catalog", _column("sale_state", sa.String(4), **word))
    op.add_column("catalog", _column("tiers", sa.Text(), **word))
    op.add_column(
        "catalog", _column("backorders", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("catalog", _column("turns_at", Utc()))
    op.create_index("ix_catalog_turns_at", "catalog", ["turns_at"])
    op.add_column("allocations", _column("booked_by", sa.String(40), **word))
    op.add_column("allocations", _column("made_at", Utc()))
    op.add_column("allocations", _column("expires_at", Utc()))
    op.create_index("ix_allocations_expires_at", "allocations", ["expires_at"])
    _create_tables()
    op.execute(
        "INSERT INTO price_entries (connection, sku, entry, price_list, currency, customer_group,"
        " min_quantity, regular, sale, includes_tax, withdrawn, as_of)"
        " SELECT connection, sku, price_list || '|' || currency || '||1|', price_list, currency,"
        " '', '1', regular, sale, includes_tax, 0, as_of FROM prices"
        if op.get_bind().dialect.name == "sqlite"
        else "INSERT INTO price_entries (connection, sku, entry, price_list, currency,"
        " customer_group, min_quantity, regular, sale, includes_tax, withdrawn, as_of)"
        " SELECT connection, sku, price_list || '|' || currency || '||1|', price_list, currency,"
        " '', 1, regular, sale, includes_tax, 0, as_of FROM prices"
    )
    op.drop_index("ix_prices_sku", table_name="prices")
    op.drop_table("prices")


def _create_tables() -> None:
        op.create_table('stock_movements',
        sa.Column('connection', sa.String(length=40), nullable=False),
        sa.Column('id', sa.String(length=120), nullable=False),
        sa.Column('warehouse', sa.String(length=64), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('quantity', ExactText(), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('at', Utc(), nullable=False),
        sa.Column('level_of', sa.String(length=40), nullable=False),
        sa.Column('counted_from', Utc(), nullable=False),
        sa.PrimaryKeyConstraint('connection', 'id', name=op.f('pk_stock_movements'))
        )
        op.create_index('ix_stock_movements_sku', 'stock_movements', ['sku'], unique=False)
        op.create_index('ix_stock_movements_at', 'stock_movements', ['counted_from'], unique=False)
        op.create_table('price_entries',
        sa.Column('connection', sa.String(length=40), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('entry', sa.String(length=200), nullable=False),
        sa.Column('price_list', sa.String(length=64), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('customer_group', sa.String(length=64), server_default='', nullable=False),
        sa.Column('min_quantity', ExactText(), nullable=False),
        sa.Column('regular', ExactText(), nullable=False),
        sa.Column('sale', ExactText(), nullable=True),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('sale_from', sa.Date(), nullable=True),
        sa.Column('sale_until', sa.Date(), nullable=True),
        sa.Column('includes_tax', sa.Integer(), nullable=False),
        sa.Column('withdrawn', sa.Integer(), server_default='0', nullable=False),
        sa.Column('as_of', Utc(), nullable=False),
        sa.PrimaryKeyConstraint('connection', 'sku', 'entry', name=op.f('pk_price_entries'))
        )
        op.create_index('ix_price_entries_sku', 'price_entries', ['sku'], unique=False)
        op.create_table('price_overrides',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('store', sa.String(length=40), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('regular', ExactText(), nullable=True),
        sa.Column('until', sa.Date(), nullable=True),
        sa.Column('reason', sa.String(length=255), nullable=False),
        sa.Column('actor', sa.String(length=80), nullable=False),
        sa.Column('at', Utc(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_price_overrides'))
        )
        op.create_index('ix_price_overrides_sku', 'price_overrides', ['sku', 'store'], unique=False)
        op.create_table('stock_parcels',
        sa.Column('store', sa.String(length=40), nullable=False),
        sa.Column('order_id', sa.String(length=64), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('ref', sa.String(length=120), nullable=False),
        sa.Column('connection', sa.String(length=40), nullable=False),
        sa.Column('quantity', ExactText(), nullable=False),
        sa.Column('at', Utc(), nullable=False),
        sa.PrimaryKeyConstraint('store', 'order_id', 'sku', 'ref', name=op.f('pk_stock_parcels'))
        )
        op.create_index('ix_stock_parcels_sku', 'stock_parcels', ['sku'], unique=False)
        op.create_table('stock_grants',
        sa.Column('store', sa.String(length=40), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('remaining', ExactText(), nullable=False),
        sa.Column('exposed', ExactText(), nullable=False),
        sa.Column('seq', sa.BigInteger(), nullable=False),
        sa.Column('open', sa.Integer(), server_default='0', nullable=False),
        sa.PrimaryKeyConstraint('store', 'sku', name=op.f('pk_stock_grants'))
        )
        op.create_index('ix_stock_grants_open', 'stock_grants', ['store', 'seq'], unique=False, sqlite_where=sa.text('open = 1'), postgresql_where=sa.text('open = 1'))
        op.create_table('shop_figures',
        sa.Column('store', sa.String(length=40), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('product_id', sa.String(length=64), server_default='', nullable=False),
        sa.Column('gtin', sa.String(length=20), server_default='', nullable=False),
        sa.Column('managed', sa.Integer(), nullable=False),
        sa.Column('quantity', ExactText(), nullable=True),
        sa.Column('regular', ExactText(), nullable=True),
        sa.Column('sale', ExactText(), nullable=True),
        sa.Column('at', Utc(), nullable=False),
        sa.Column('version', sa.BigInteger(), server_default='0', nullable=False),
        sa.PrimaryKeyConstraint('store', 'sku', name=op.f('pk_shop_figures'))
        )
        op.create_index('ix_shop_figures_product_id', 'shop_figures', ['store', 'product_id'], unique=False)
        op.create_table('held_changes',
        sa.Column('store', sa.String(length=40), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('part', sa.String(length=10), nullable=False),
        sa.Column('rule', sa.String(length=40), nullable=False),
        sa.Column('was', sa.String(length=120), nullable=False),
        sa.Column('new', sa.String(length=120), nullable=False),
        sa.Column('print', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('case_key', sa.String(length=255), nullable=False),
        sa.Column('held_at', Utc(), nullable=False),
        sa.Column('decided_by', sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint('store', 'sku', 'part', name=op.f('pk_held_changes'))
        )
        op.create_index('ix_held_changes_case', 'held_changes', ['case_key', 'state'], unique=False)
        op.create_table('products',
        sa.Column('connection', sa.String(length=40), nullable=False),
        sa.Column('id', sa.String(length=120), nullable=False),
        sa.Column('sku', sa.String(length=120), nullable=False),
        sa.Column('gtin', sa.String(length=20), server_default='', nullable=False),
        sa.Column('parent_sku', sa.String(length=120), server_default='', nullable=False),
        sa.Column('data', sa.Text(), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('changed_at', Utc(), nullable=False),
        sa.PrimaryKeyConstraint('connection', 'id', name=op.f('pk_products'))
        )
        op.create_index('ix_products_sku', 'products', ['sku'], unique=False)
