"""The sandbox's warehouse speaks as its ERP does; this is the same client under its own roof."""

from __future__ import annotations

from causeway.connectors.sandbox_erp.client import SandboxClient

__all__ = ["SandboxClient"]
