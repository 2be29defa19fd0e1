"""Keys made to fit: shortened without a clash, and safe as the name of a file. Pure."""

from __future__ import annotations

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
HASH_SIGNS = 12
MOST_IN_A_NAME = 60


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and a hash of all of it: two that differ stay different."""
    if len(text) <= length:
        return text
    return f"{text[: max(length - HASH_SIGNS - 1, 0)]}~{_hash(text)}"[-length:]


def name_of(key: str) -> str:
    """The key as a name of a file on any system: letters, digits, `-`, and a hash of the key."""
    return f"{_UNSAFE.sub('-', key)[:MOST_IN_A_NAME].strip('-')}-{_hash(key)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_SIGNS]
