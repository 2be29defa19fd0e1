"""Between our documents and the content of files. Pure: bytes in, bytes out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from causeway.connectors.described.encoding import encoded, json_data, xml_data
from causeway.connectors.described.expressions import Expressions
from causeway.errors import MappingError, RejectedError

MOST_FIELD_SIGNS = 1_000_000
MOST_COLUMNS = 1000
# What a spreadsheet would work out instead of show (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class FileMapper:
    """Writes and reads files as the options of one connection say."""

    options: Mapping[str, Any]
    expressions: Expressions

    def content(self, op: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
        """The content of the file that an operation makes. Raises RejectedError."""
        if op["format"] == "csv":
            return self._csv(op, data)
        return encoded(self.expressions.find(op["body"], data), op["format"], op["root"])

    def document(self, form: str, content: bytes) -> Any:
        """What a file says: a list of rows with named columns, or the data of JSON or XML.

        Raises MappingError with a sentence for a person.
        """
        if form == "csv":
            return self._csv_rows(content)
        try:
            if form == "xml":
                return xml_data(content)
            return json_data(content.removeprefix(_BOM.encode()))
        except (ValueError, UnicodeDecodeError) as error:
            raise MappingError("file", f"is not whole, sound {form.upper()}", _AGAIN) from error

    def rows(self, op: Mapping[str, Any], content: bytes) -> list[Any]:
        """The records in a file of a feed. Raises MappingError."""
        try:
            found = self.expressions.find(op["rows"], self.document(op["format"], content))
        except RejectedError as error:
            raise MappingError("rows", "cannot be found in it", "Check rows") from error
        rows = found if isinstance(found, list) else [] if found in (None, "") else [found]
        return self._grouped(op["group"], rows) if op["group"] else rows

    def _grouped(self, expression: str, rows: list[Any]) -> list[Any]:
        """Rows with the same name as one record: the first of them, and all as its `rows`."""
        groups: dict[str, list[Any]] = {}
        for row in rows:
            groups.setdefault(self.expressions.text(expression, row), []).append(row)
        return [{**first, "rows": [first, *more]} for first, *more in groups.values()]

    def _csv(self, op: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
        said, columns = self.options["csv"], op["columns"]
        rows = self.expressions.find(op["rows"], data)
        text = io.StringIO()
        writer = csv.writer(
            text, delimiter=said["delimiter"], quotechar=said["quote"],
            lineterminator=said["line_end"],
        )  # fmt: skip
        if said["header"]:
            writer.writerow(columns)
        for row in rows if isinstance(rows, list) else [rows]:
            around = {**data, "row": row}
            writer.writerow(
                [self._cell(self.expressions.find(source, around)) for source in columns.values()]
            )
        try:
            return text.getvalue().encode(self.options["encoding"])
        except UnicodeEncodeError as error:
            raise RejectedError(
                f"it has a sign that {self.options['encoding']} cannot write; set encoding to "
                "utf-8, if they can read that",
                code="encoding",
            ) from error

    def _cell(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | Decimal):
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        if not isinstance(value, str):
            raise RejectedError("a column of the settings comes to no text", code="settings")
        text = value.replace("\x00", "")
        if self.options["csv"]["guard_formulas"] and text.startswith(_FORMULA):
            return text if self._is_number(text) else "'" + text
        return text

    def _is_number(self, text: str) -> bool:
        try:
            self.expressions.formats.read_number(text)
        except ValueError:
            return False
        return True

    def _csv_rows(self, content: bytes) -> list[dict[str, str]]:
        said = self.options["csv"]
        try:
            text = content.decode(self.options["encoding"]).removeprefix(_BOM)
        except UnicodeDecodeError as error:
            raise MappingError(
                "encoding", f"byte {error.start} is no {self.options['encoding']}",
                "Have it written so, or set encoding",
            ) from error  # fmt: skip
        if "\x00" in text:
            raise MappingError("file", "has zero bytes in it and is no text", _AGAIN)
        csv.field_size_limit(MOST_FIELD_SIGNS)
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=said["delimiter"], quotechar=said["quote"],
            strict=True,
        )  # fmt: skip
        try:
            lines = [line for line in reader if any(line)]
        except csv.Error as error:
            raise MappingError(
                f"line {reader.line_num}", f"is no sound CSV ({error})", _AGAIN
            ) from error
        names = lines.pop(0) if said["header"] and lines else said["columns"]
        return _named([name.strip() for name in names], lines)


_AGAIN = "Have it written again"


def _named(names: list[str], lines: list[list[str]]) -> list[dict[str, str]]:
    """Each line as a record. Raises MappingError for one with more or fewer columns."""
    if not names:
        raise MappingError("file", "is empty; not even a header is there", _AGAIN)
    if len(set(names)) < len(names) or len(names) > MOST_COLUMNS:
        raise MappingError("header", "names a column twice, or far too many", _AGAIN)
    for number, line in enumerate(lines, 1):
        if len(line) != len(names):
            raise MappingError(
                f"record {number}", f"has {len(line)} columns where there are {len(names)}",
                "Check delimiter and quotes",
            )  # fmt: skip
    return [dict(zip(names, line, strict=True)) for line in lines]
