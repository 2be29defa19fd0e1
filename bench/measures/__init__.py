"""One file a measure. `bench.registry` lists them."""
