"""Acme as a connection of Causeway."""
