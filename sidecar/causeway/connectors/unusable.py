"""What stands in for a connector that cannot be used: it says why, and that nothing was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from causeway.connectors.base import Capabilities, Check
from causeway.errors import RetryableError


class UnusableConnector:
    """Has every method, and each raises RetryableError: what is due waits until it is mended."""

    capabilities = Capabilities()

    def __init__(self, kind: str, why: str) -> None:
        self.kind = kind
        self._why = why

    def check(self) -> Check:
        return Check(False, f"Its connector {self.kind} cannot be used", (self._why,))

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name.startswith("_"):
            raise AttributeError(name)

        def nothing_done(*args: Any, **kwargs: Any) -> NoReturn:
            raise RetryableError(self._why)

        return nothing_done
