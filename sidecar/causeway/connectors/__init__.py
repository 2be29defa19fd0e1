"""Adapters to the systems behind the shops: one contract, one folder per system."""
