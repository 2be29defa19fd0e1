"""A real shop for tests and for trying out: WordPress, WooCommerce, MariaDB and PHP.

`Shop` in `shop.py` is what tests use; `python -m tests.shop` is behind `./scripts/shop`.
"""
