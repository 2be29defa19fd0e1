"""Where a feed of Odoo goes on: scans, as Odoo's searches say them."""

from __future__ import annotations

from typing import Any

from causeway.connectors.odoo.client import stamp
from causeway.connectors.scan import Scan, read

__all__ = ["Scan", "changed", "read"]


def changed(scan: Scan) -> list[Any]:
    """The domain of what the scan still has to read. Odoo shows times in whole seconds."""
    since = [] if scan.all else [["write_date", ">=", stamp(scan.since)]]
    return [*since, ["id", ">", scan.after]]
