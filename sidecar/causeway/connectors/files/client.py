"""Which place a connection has: a folder of this machine, or one over SFTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.files.place import Place


def place_of(settings: ConnectionSettings, options: Mapping[str, Any]) -> Place:
    """By the address of the connection."""
    parts = urlsplit(settings.url)
    if parts.scheme == "file":
        from causeway.connectors.files.local import LocalPlace

        return LocalPlace(unquote(parts.path))
    from causeway.connectors.files.sftp import SftpPlace  # paramiko is large

    return SftpPlace(settings, options)
