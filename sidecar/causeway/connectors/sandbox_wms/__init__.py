"""The warehouse of the sandbox as a connection."""
