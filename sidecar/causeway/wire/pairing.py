"""The pairing code: all a shop needs to know of its sidecar, as one string to copy.

`causeway1.` and the base64url JSON of address, store and secret. Whoever has it is the shop.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field

from causeway.wire.signature import secret_bytes

PREFIX = "causeway1."
_URL = re.compile(r"https?://[^\s/]\S*", re.ASCII)
_STORE = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pairing:
    url: str
    store: str
    secret: str = field(repr=False)


def encode(pairing: Pairing) -> str:
    """The code to copy into the shop."""
    text = json.dumps(
        {"url": pairing.url, "store": pairing.store, "secret": pairing.secret},
        separators=(",", ":"),
    )
    return PREFIX + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(code: str) -> Pairing:
    """What a code says. Raises ValueError, in words, for one that was not copied whole."""
    code = code.strip()
    if not code.startswith(PREFIX):
        raise ValueError(f"a pairing code begins with {PREFIX}")
    body = code.removeprefix(PREFIX)
    try:
        whole = (body + "=" * (-len(body) % 4)).encode("ascii")
        raw = json.loads(base64.b64decode(whole, altchars=b"-_", validate=True))
        pairing = Pairing(raw["url"], raw["store"], raw["secret"])
        if not _URL.fullmatch(pairing.url) or not _STORE.fullmatch(pairing.store):
            raise ValueError("no address or no store")
        secret_bytes(pairing.secret)
    except (
        binascii.Error,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as e:
        raise ValueError("this pairing code is not whole; copy it again") from e
    return pairing
