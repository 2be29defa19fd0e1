"""The first schema: stores, events, orders, deliveries, updates, cases, catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import causeway.ledger.tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('allocations',
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('quantity', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=False),
    sa.Column('booked_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('store', 'order_id', 'sku', name=op.f('pk_allocations'))
    )
    op.create_index('ix_allocations_sku', 'allocations', ['sku'], unique=False)
    op.create_table('attempts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delivery_id', sa.BigInteger(), nullable=False),
    sa.Column('started_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('duration_ms', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.String(length=500), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index(op.f('ix_attempts_delivery_id'), 'attempts', ['delivery_id'], unique=False)
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_table('bindings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('ours', sa.String(length=255), nullable=False),
    sa.Column('theirs', sa.String(length=255), nullable=False),
    sa.Column('number', sa.String(length=255), server_default='', nullable=False),
    sa.Column('bound_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bindings')),
    sa.UniqueConstraint('connection', 'kind', 'ours', name=op.f('uq_bindings_connection_kind_ours')),
    sa.UniqueConstraint('connection', 'kind', 'theirs', name=op.f('uq_bindings_connection_kind_theirs'))
    )
    op.create_table('cases',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('store', sa.String(length=40), server_default='', nullable=False),
    sa.Column('order_id', sa.String(length=64), server_default='', nullable=False),
    sa.Column('connection', sa.String(length=40), server_default='', nullable=False),
    sa.Column('delivery_id', sa.BigInteger(), nullable=True),
    sa.Column('event_seq', sa.BigInteger(), nullable=True),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('remedy', sa.Text(), server_default='', nullable=False),
    sa.Column('opened_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('resolved_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('resolved_by', sa.String(length=80), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases'))
    )
    op.create_index('ix_cases_order', 'cases', ['store', 'order_id'], unique=False)
    op.create_index('uq_cases_open_key', 'cases', ['key'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_table('catalog',
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('quantity', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=True),
    sa.Column('regular', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=True),
    sa.Column('sale', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default='', nullable=False),
    sa.Column('includes_tax', sa.Integer(), server_default='0', nullable=False),
    sa.Column('as_of', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('changed_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('store', 'sku', name=op.f('pk_catalog')),
    sa.UniqueConstraint('store', 'seq', name=op.f('uq_catalog_store_seq'))
    )
    op.create_table('connections',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('paused_reason', sa.String(length=255), nullable=True),
    sa.Column('paused_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('polled_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('poll_problem', sa.String(length=500), nullable=True),
    sa.Column('stock_as_of', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_connections'))
    )
    op.create_table('counters',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_counters'))
    )
    op.create_table('cursors',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('moved_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_cursors'))
    )
    op.create_table('deliveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('operation', sa.String(length=20), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('due_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('created_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('done_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), server_default='', nullable=False),
    sa.Column('deaths', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lease_owner', sa.String(length=80), nullable=True),
    sa.Column('lease_until', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), server_default='0', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('connection', 'key', name=op.f('uq_deliveries_connection_key'))
    )
    op.create_index('ix_deliveries_due', 'deliveries', ['connection', 'due_at'], unique=False, sqlite_where=sa.text("state IN ('waiting', 'sending', 'unknown', 'parked')"), postgresql_where=sa.text("state IN ('waiting', 'sending', 'unknown', 'parked')"))
    op.create_index('ix_deliveries_line', 'deliveries', ['connection', 'store', 'order_id', 'id'], unique=False)
    op.create_index('ix_deliveries_order', 'deliveries', ['store', 'order_id'], unique=False)
    op.create_table('dirty_skus',
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('marked_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sku', name=op.f('pk_dirty_skus'))
    )
    op.create_table('events',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=60), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('topic', sa.String(length=60), nullable=False),
    sa.Column('entity', sa.String(length=40), nullable=False),
    sa.Column('entity_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('occurred_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('received_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('schema', sa.String(length=64), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('due_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('done_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.String(length=80), nullable=True),
    sa.Column('lease_until', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.Column('fence', sa.Integer(), server_default='0', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_events')),
    sa.UniqueConstraint('source', 'id', name=op.f('uq_events_source_id'))
    )
    op.create_index('ix_events_due', 'events', ['due_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_events_entity', 'events', ['source', 'entity', 'entity_id'], unique=False)
    op.create_index('ix_events_line', 'events', ['source', 'entity', 'entity_id', 'seq'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('heartbeats',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('milestones',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('detail', sa.String(length=255), server_default='', nullable=False),
    sa.Column('at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones')),
    sa.UniqueConstraint('store', 'order_id', 'name', 'ref', name=op.f('uq_milestones_store_order_id_name_ref'))
    )
    op.create_table('orders',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.String(length=64), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('phase', sa.String(length=12), nullable=False),
    sa.Column('financial', sa.String(length=24), nullable=False),
    sa.Column('fulfilment', sa.String(length=24), nullable=False),
    sa.Column('total', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('received_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('changed_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('store', 'order_id', name=op.f('uq_orders_store_order_id'))
    )
    op.create_index('ix_orders_changed', 'orders', ['changed_at'], unique=False)
    op.create_index('ix_orders_number', 'orders', ['number'], unique=False)
    op.create_table('prices',
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('price_list', sa.String(length=64), nullable=False),
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('regular', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=False),
    sa.Column('sale', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=True),
    sa.Column('includes_tax', sa.Integer(), nullable=False),
    sa.Column('as_of', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('connection', 'price_list', 'sku', 'currency', name=op.f('pk_prices'))
    )
    op.create_index('ix_prices_sku', 'prices', ['sku'], unique=False)
    op.create_table('stock_levels',
    sa.Column('connection', sa.String(length=40), nullable=False),
    sa.Column('warehouse', sa.String(length=64), nullable=False),
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('on_hand', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=False),
    sa.Column('reserved', causeway.ledger.tables.ExactText(precision=28, scale=10), nullable=False),
    sa.Column('as_of', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('connection', 'warehouse', 'sku', name=op.f('pk_stock_levels'))
    )
    op.create_index('ix_stock_levels_sku', 'stock_levels', ['sku'], unique=False)
    op.create_table('store_secrets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('secret', sa.String(length=200), nullable=False),
    sa.Column('created_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.Column('expires_at', causeway.ledger.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_store_secrets'))
    )
    op.create_index(op.f('ix_store_secrets_store'), 'store_secrets', ['store'], unique=False)
    op.create_table('stores',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('created_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_stores'))
    )
    op.create_table('updates',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('store', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('entity', sa.String(length=40), nullable=False),
    sa.Column('entity_id', sa.String(length=64), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('created_at', causeway.ledger.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_updates')),
    sa.UniqueConstraint('store', 'key', name=op.f('uq_updates_store_key')),
    sa.UniqueConstraint('store', 'seq', name=op.f('uq_updates_store_seq'))
    )


def downgrade() -> None:
    op.drop_table('updates')
    op.drop_table('stores')
    op.drop_index(op.f('ix_store_secrets_store'), table_name='store_secrets')
    op.drop_table('store_secrets')
    op.drop_index('ix_stock_levels_sku', table_name='stock_levels')
    op.drop_table('stock_levels')
    op.drop_index('ix_prices_sku', table_name='prices')
    op.drop_table('prices')
    op.drop_index('ix_orders_number', table_name='orders')
    op.drop_index('ix_orders_changed', table_name='orders')
    op.drop_table('orders')
    op.drop_table('milestones')
    op.drop_table('heartbeats')
    op.drop_index('ix_events_line', table_name='events', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index('ix_events_entity', table_name='events')
    op.drop_index('ix_events_due', table_name='events', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table('events')
    op.drop_table('dirty_skus')
    op.drop_index('ix_deliveries_order', table_name='deliveries')
    op.drop_index('ix_deliveries_line', table_name='deliveries')
    op.drop_index('ix_deliveries_due', table_name='deliveries', sqlite_where=sa.text("state IN ('waiting', 'sending', 'unknown', 'parked')"), postgresql_where=sa.text("state IN ('waiting', 'sending', 'unknown', 'parked')"))
    op.drop_table('deliveries')
    op.drop_table('cursors')
    op.drop_table('counters')
    op.drop_table('connections')
    op.drop_table('catalog')
    op.drop_index('uq_cases_open_key', table_name='cases', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_cases_order', table_name='cases')
    op.drop_table('cases')
    op.drop_table('bindings')
    op.drop_table('audit')
    op.drop_index(op.f('ix_attempts_delivery_id'), table_name='attempts')
    op.drop_table('attempts')
    op.drop_index('ix_allocations_sku', table_name='allocations')
    op.drop_table('allocations')
