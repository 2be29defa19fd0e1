"""Measures of speed and memory, each with its bar and the machine's own limit beside it."""
