"""The scenarios, by what is harmed. Importing this registers all of them."""

from faults.scenarios import clock, delivery, erp, ledger, processes, redis

__all__ = ["clock", "delivery", "erp", "ledger", "processes", "redis"]
