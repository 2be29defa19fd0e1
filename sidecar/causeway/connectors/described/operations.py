"""The operations of a connector that is described in the settings, by their names there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from causeway.connectors.described.keys import shortened
from causeway.errors import RejectedError

# What a connector may have or not; the others of `abilities.WRITES` its roles need anyway.
_OPTIONAL = ("update_order", "cancel_order", "cancel_lines", "cancel_request", "reverse_refund",
             "book_return", "book_payment", "post_journal")  # fmt: skip


class Described:
    """What the generic connectors have alike. `_options` are their settings, checked."""

    _options: Mapping[str, Any]

    def _take_writes(self) -> None:
        """Only what is described is there: whoever asks for a method gets a true answer.

        `_book_return` becomes `book_return`, and so on; parts of an order are cancelled by the
        method that cancels the whole.
        """
        for name in _OPTIONAL:
            if name in self._options["write"]:
                method = "cancel_order" if name == "cancel_lines" else name
                setattr(self, method, getattr(self, f"_{method}"))

    def _op(self, name: str) -> Mapping[str, Any]:
        op = self._options["write"].get(name)
        if op is None:
            raise RejectedError(
                f"the settings of this connection do not describe {name}; describe it under "
                f"write.{name} and retry, or do it by hand there and resolve this case",
                code="not_described",
            )
        return cast(Mapping[str, Any], op)

    def _short(self, key: str) -> str:
        return shortened(key, self._options["max_key_length"])
