"""The demo: plays a shop over the wire, with the orders of a folder, and counts what became of them."""
