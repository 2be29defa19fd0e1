"""Tryton: sales under a web shop's own id, stock and shipments read back, over its REST API."""
