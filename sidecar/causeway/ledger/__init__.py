"""Durable truth: what was received, what was decided, what has been done."""
