"""The shop's side: WooCommerce's own words, read into canonical ones."""
