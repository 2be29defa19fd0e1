"""Between our documents and what the settings say of theirs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from causeway.canonical import Money
from causeway.connectors.base import BookedLine, BookedOrder, RemoteDocument
from causeway.connectors.described.encoding import encoded
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.rest.client import Call
from causeway.errors import RejectedError

Op = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestMapper:
    """Works out requests, and reads documents in answers."""

    expressions: Expressions
    idempotency_header: str = ""

    def call(
        self, op: Op, data: Any, *, reading: bool, private: Sequence[str] = (), key: str = ""
    ) -> Call:
        """The request of an operation for this data. Raises RejectedError, MappingMissing."""
        headers = {
            name: self._header(source, data) for name, source in op.get("headers", {}).items()
        }
        if key and self.idempotency_header:
            headers[self.idempotency_header] = key
        body, encoding = None, op.get("encoding", "json")
        if op.get("body"):
            body = encoded(self.expressions.find(op["body"], data), encoding, op.get("root", ""))
        return Call(
            method=op.get("method", "GET"),
            path=self.expressions.path(op["path"], data),
            query=self.query(op["query"], data),
            headers=headers,
            body=body,
            encoding=encoding,
            reading=reading,
            private=private,
        )

    def query(self, wanted: Mapping[str, str], data: Any) -> list[tuple[str, str]]:
        """Parameters; one that finds nothing is left out, one that finds a list is repeated."""
        pairs = []
        for name, source in wanted.items():
            found = self.expressions.find(source, data)
            values = found if isinstance(found, list) else [] if found is None else [found]
            pairs += [(name, self.expressions.text("@", value)) for value in values]
        return pairs

    def document(self, op: Op, data: Any) -> tuple[RemoteDocument, Any] | None:
        """The document in an answer, with all that they say of it; None where there is none."""
        found = self.expressions.find(op["document"], data)
        if found is None or found in ([], {}, ""):
            return None
        with_id = self.expressions.text(op["id"], found)
        if not with_id:
            return None
        number = self.expressions.text(op["number"], found) or with_id
        complete = op.get("complete", "")
        whole = not complete or bool(self.expressions.find(complete, found))
        return RemoteDocument(with_id[:255], number[:255], complete=whole), found

    def is_under(self, op: Op, found: Any, key: str) -> bool:
        """Whether the document carries our key, where the settings say how to see it."""
        return not op["same_key"] or self.expressions.text(op["same_key"], found) == key

    def check_total(self, op: Op, found: Any, wanted: Money) -> None:
        """Raises RejectedError where they came to another total than the shop."""
        if not op["total"]:
            return
        theirs = self.expressions.find(op["total"], found)
        try:
            total = self.expressions.formats.read_money(theirs, wanted.currency)
        except ValueError as error:
            raise RejectedError("its total cannot be read", code="total_differs") from error
        if total.rounded() != wanted.rounded():
            raise RejectedError(
                f"it comes to {total}, the shop to {wanted}; what it made stands there",
                code="total_differs",
            )

    def booked_order(self, op: Op, data: Any) -> BookedOrder | None:
        """An order of somebody else's as far as it is described. What of it makes no sense is a
        RejectedError.
        """
        made = self.document(op, data)
        if made is None:
            return None
        document, found = made
        currency = self.expressions.text(op["currency"], found)
        rows = self.expressions.find(op["lines"], found)
        try:
            total = self._money(op["total"], found, currency)
            read = [self._booked_line(op["line"], row, currency) for row in rows or ()]
        except (ValueError, TypeError) as error:
            raise RejectedError("an order of theirs cannot be read", code="settings") from error
        lines = tuple(line for line in read if line.sku)  # the others are no goods
        return BookedOrder(document.id, document.number, total, lines)

    def _booked_line(self, line: Op, row: Any, currency: str) -> BookedLine:
        number = self.expressions.formats.read_number(self.expressions.find(line["quantity"], row))
        total = self._money(line["total"], row, currency)
        return BookedLine(self.expressions.text(line["sku"], row), number, total)

    def _money(self, source: str, data: Any, currency: str) -> Money | None:
        found = self.expressions.find(source, data)
        return None if found is None else self.expressions.formats.read_money(found, currency)

    def _header(self, source: str, data: Any) -> str:
        text = self.expressions.text(source, data)
        if not text.isascii() or not text.isprintable():
            raise RejectedError(
                "a header in the settings comes to no text for one", code="settings"
            )
        return text


def whole_number(value: Any) -> int | None:
    """A count that may be written as a number or as text."""
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return int(number) if number == number.to_integral_value() else None
