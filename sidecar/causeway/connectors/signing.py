"""How systems sign their webhooks, verified in constant time and before anything is parsed. Pure.

Each function raises CredentialsError unless the webhook is genuine; without a secret none is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from causeway.errors import CredentialsError

Encoding = Literal["hex", "base64"]


def shared_secret(headers: Mapping[str, str], header: str, secret: str) -> None:
    """The header holds the secret itself. Anyone who reads one webhook can make others."""
    _same(_sent(headers, header), secret, header, secret)


def hmac_sha256(
    headers: Mapping[str, str],
    header: str,
    secret: str,
    body: bytes,
    encoding: Encoding = "base64",
    prefix: str = "",
) -> None:
    """The header holds `prefix` and the HMAC-SHA256 of the raw body under the secret."""
    sent = _sent(headers, header)
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    due = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    sent = sent.lower() if encoding == "hex" else sent
    _same(sent, prefix + due, header, secret)


def _sent(headers: Mapping[str, str], header: str) -> str:
    found = headers.get(header)
    if not found:
        raise CredentialsError(f"its header {header} is missing", status=401)
    return found


def _same(sent: str, due: str, header: str, secret: str) -> None:
    if not secret:
        raise CredentialsError("no webhook_secret is set for this connection", status=401)
    if not hmac.compare_digest(sent.encode(), due.encode()):
        raise CredentialsError(f"its header {header} is not right", status=401)
