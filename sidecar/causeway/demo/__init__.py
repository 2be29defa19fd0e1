"""The demo: plays a shop over the wire and counts what became of its orders."""
