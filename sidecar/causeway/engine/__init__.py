"""What drives events and deliveries until they are done. Knows the ledger, no queue and no web."""
