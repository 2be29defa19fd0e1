"""Causeway: a dry road between WooCommerce shops and the systems behind them."""

__version__ = "0.1.0"
