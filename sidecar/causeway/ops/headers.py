"""What every page tells the browser: trust nothing but our own files, keep nothing."""

from __future__ import annotations

from flask import Response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def queue_policy(nonce: str) -> str:
    """For rq-dashboard alone: scripts that carry the nonce, and the figures they fetch.

    `unsafe-eval` is for underscore, which compiles the templates of its pages as they run.
    """
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-eval'; connect-src 'self'; "
        "style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )


def guard(answer: Response, policy: str = POLICY, cache: str = "no-store") -> Response:
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = cache
    return answer
