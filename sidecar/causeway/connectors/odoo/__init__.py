"""Odoo: orders, refunds, payments and returns under external ids; stock, prices, shipments back."""
