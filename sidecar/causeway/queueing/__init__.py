"""The only package that imports rq. Jobs are hints that carry names, never data."""
