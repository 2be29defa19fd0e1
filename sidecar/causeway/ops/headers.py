"""What every page tells the browser: trust nothing but our own files, keep nothing."""

from __future__ import annotations

from flask import Response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def queue_policy(nonce: str) -> str:
    """For rq-dashboard alone: scripts that carry the nonce, which compile templates as they run.

    `unsafe-eval` is for underscore's templates, `style-src-attr` for the style attributes of its
    pages, `data:` for the arrows in its style sheet, `connect-src` for the figures it fetches.
    """
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-eval'; connect-src 'self'; "
        "style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def guard(answer: Response, policy: str = POLICY, cache: str = "no-store") -> Response:
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = cache
    return answer
