"""Stock and price as each shop should see them."""
