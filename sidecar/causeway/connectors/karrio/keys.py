"""Our keys as karrio's order numbers, which its database keeps unique for each source. Pure.

A number there has 50 characters at most, and a comma would be two numbers to its search. A key that
does not fit is cut and ends with a digest of the whole; the key itself travels as metadata.
"""

from __future__ import annotations

import hashlib

LONGEST = 50
_MARK = "~"
_DIGEST = 16


def reference(key: str) -> str:
    """The key as an order's number there: itself where it fits, else its beginning and a digest.

    A key that has the mark is never itself, so that none looks like another's digest.
    """
    fits = len(key) <= LONGEST and "," not in key and _MARK not in key
    if fits and key.isprintable() and key == key.strip():
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]
    beginning = "".join(sign if sign.isalnum() or sign in ":-_." else "-" for sign in key)
    return f"{beginning[: LONGEST - _DIGEST - 1]}{_MARK}{digest}"
