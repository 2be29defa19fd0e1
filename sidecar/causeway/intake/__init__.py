"""The only doors in: what stores send is verified, bounded, written down, and then answered."""
