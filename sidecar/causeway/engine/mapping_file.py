"""A store's mappings as a file, TOML or CSV, with tests of their own.

    [[entry]]                              table,pattern,value,connection,from,until
    table = "payment"                      payment,stripe*,CARD,,,
    pattern = "stripe*"
    value = "CARD"
    # connection = "erp"; from, until = 2026-01-01T00:00:00Z

    [[test]]                               table,word,becomes,connection,at
    table = "payment"                      payment,stripe_sepa,CARD,,
    word = "stripe_sepa"
    becomes = "CARD"

A CSV file has its tests beside it: `payments.csv` in `payments.tests.csv`.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validate

from causeway.errors import ConfigError
from causeway.flows.mapping import Tables, find
from causeway.policy import TableName, Translation

ENTRY = ("table", "pattern", "value", "connection", "from", "until")
TEST = ("table", "word", "becomes", "connection", "at")
MOST_BYTES = 20 * 2**20
MOST_ENTRIES = 100_000
MOST_PROBLEMS = 20
_TABLE = validate.OneOf(get_args(TableName), error="must be one of {choices}")
_WORD = validate.Length(1, 255, error="must have 1 to 255 letters")
_NAME = validate.Regexp(r"(\*|[a-z][a-z0-9_]{0,39})\Z", error="must be a connection's name or *")


class _Row(Schema):
    table = fields.String(required=True, validate=_TABLE)
    connection = fields.String(load_default="*", validate=_NAME)


class EntrySchema(_Row):
    pattern = fields.String(required=True, validate=_WORD)
    value = fields.String(required=True, validate=_WORD)
    valid_from = fields.AwareDateTime(data_key="from", format="iso", default_timezone=UTC)
    valid_until = fields.AwareDateTime(data_key="until", format="iso", default_timezone=UTC)


class WordTestSchema(_Row):
    connection = fields.String(load_default="", validate=validate.Length(0, 40))
    word = fields.String(required=True, validate=_WORD)
    becomes = fields.String(required=True, validate=_WORD)
    at = fields.AwareDateTime(format="iso", default_timezone=UTC)


@dataclass(frozen=True, slots=True)
class WordTest:
    """A word and what it must become towards `connection` at a time (None: now)."""

    table: TableName
    word: str
    becomes: str
    connection: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MappingFile:
    entries: tuple[Translation, ...]
    tests: tuple[WordTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A test whose word became something else; `by` is the pattern that did it, if any."""

    test: WordTest
    became: str
    by: str


def read(path: Path) -> MappingFile:
    """Raises ConfigError with every problem: where, what, what it should be."""
    beside = path.with_suffix(".tests.csv")
    tests = _text(beside) if path.suffix == ".csv" and beside.exists() else ""
    return parse(path.name, _text(path), tests)


def parse(name: str, text: str, tests: str = "") -> MappingFile:
    """A file's content by its name; `tests` are those beside a CSV file. Raises ConfigError."""
    if name.endswith(".toml"):
        return _from_toml(text, name)
    if not name.endswith(".csv"):
        raise ConfigError([f"{name}: is neither .toml nor .csv"])
    problems: list[str] = []
    entries = _csv_rows(text, name, ENTRY, problems)
    beside = name.removesuffix(".csv") + ".tests.csv"
    wanted = _csv_rows(tests, beside, TEST, problems) if tests else []
    if problems:
        raise ConfigError(problems[:MOST_PROBLEMS])
    return _made(entries, wanted)


def failures(file: MappingFile, now: datetime) -> list[Failure]:
    """The file's tests that its entries do not pass."""
    found, tables = [], Tables(file.entries)
    for test in file.tests:
        entry = find(tables, test.table, test.word, test.connection, test.at or now)
        became = entry.value if entry else test.word
        if became != test.becomes:
            found.append(Failure(test, became, entry.pattern if entry else ""))
    return found


def to_toml(entries: Iterable[Translation]) -> str:
    """The file that `read` reads back to the same entries."""
    return "\n".join(
        "[[entry]]\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in _plain(entry).items())
        for entry in entries
    )


def to_csv(entries: Iterable[Translation]) -> str:
    """The same as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ENTRY, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow(_plain(entry))
    return out.getvalue()


def _plain(entry: Translation) -> dict[str, str]:
    found = {"table": entry.table, "pattern": entry.pattern, "value": entry.value}
    if entry.connection != "*":
        found["connection"] = entry.connection
    for name, at in (("from", entry.valid_from), ("until", entry.valid_until)):
        if at is not None:
            found[name] = at.astimezone(UTC).isoformat()
    return found


def _toml(text: str) -> str:
    """A basic string: TOML's escapes are JSON's, but for DEL."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in quoted) + '"'
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError([f"{path.name}: is larger than {MOST_BYTES // 2**20} MiB"])
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path.name}: is not UTF-8; save it as UTF-8"]) from error
    except OSError as error:
        raise ConfigError([f"{path.name}: cannot be read ({error.strerror})"]) from error


def _from_toml(text: str, name: str) -> MappingFile:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"{name}: is not TOML ({error})"]) from error
    problems = [
        f"{key}: is not known; a file has [[entry]] and [[test]]"
        for key in sorted(data.keys() - {"entry", "test"})
    ]
    rows = {"entry": [], "test": []}  # type: dict[str, list[Any]]
    for kind, found in rows.items():
        given = data.get(kind, [])
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            problems.append(f"{kind}: is not a list of tables; write [[{kind}]]")
            continue
        schema = EntrySchema() if kind == "entry" else WordTestSchema()
        for number, row in enumerate(given, start=1):
            found.append(_loaded(schema, _texts(row), f"{kind} {number}", problems))
    if problems:
        raise ConfigError(problems[:MOST_PROBLEMS])
    return _made(rows["entry"], rows["test"])


def _texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has dates of its own; the schema reads them as text."""
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}


def _csv_rows(
    text: str, name: str, columns: Sequence[str], problems: list[str]
) -> list[dict[str, Any]]:
    """Comma or semicolon, as spreadsheets write it; empty cells are left out."""
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text),
        delimiter=";" if first.count(";") > first.count(",") else ",",
        strict=True,
    )
    schema = EntrySchema() if columns is ENTRY else WordTestSchema()
    found = []
    try:
        unknown = [head for head in reader.fieldnames or () if head.strip() not in columns]
        if unknown or not reader.fieldnames:
            problems.append(f"{name}: its first line must name columns of: {', '.join(columns)}")
            return []
        for row in reader:
            where = f"{name} line {reader.line_num}"
            if None in row:
                problems.append(f"{where}: has more cells than there are columns")
                continue
            cells = {k.strip(): v.strip() for k, v in row.items() if v and v.strip()}
            if cells:
                found.append(_loaded(schema, cells, where, problems))
    except csv.Error as error:
        problems.append(f"{name} line {reader.line_num}: is not CSV ({error})")
    return found


def _loaded(schema: Schema, row: Any, where: str, problems: list[str]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(row)
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        problems.extend(
            f"{where}, {name}: {str(text[0] if isinstance(text, list) else text).rstrip('.')}"
            for name, text in messages.items()
        )
        return {}
    return loaded


def _made(entries: Sequence[dict[str, Any]], tests: Sequence[dict[str, Any]]) -> MappingFile:
    if len(entries) > MOST_ENTRIES:
        raise ConfigError(
            [f"{len(entries)} entries are more than the {MOST_ENTRIES} that are taken"]
        )
    made = tuple(Translation(**entry) for entry in entries)
    problems = _contradictions(made)
    problems += [
        f"entry {number} ({entry.table} {entry.pattern}): ends before it begins"
        for number, entry in enumerate(made, start=1)
        if entry.valid_from and entry.valid_until and entry.valid_until <= entry.valid_from
    ]
    if problems:
        raise ConfigError(problems[:MOST_PROBLEMS])
    return MappingFile(made, tuple(WordTest(**test) for test in tests))


def _contradictions(entries: Sequence[Translation]) -> list[str]:
    """The same word twice for the same time: nobody could say which is meant."""
    seen: dict[tuple[object, ...], int] = {}
    found = []
    for number, entry in enumerate(entries, start=1):
        word = (
            entry.table, entry.pattern.lower(), entry.connection, entry.valid_from,
            entry.valid_until,
        )  # fmt: skip
        if word in seen:
            found.append(
                f"entry {number} ({entry.table} {entry.pattern}): is there already as entry "
                f"{seen[word]}; keep one"
            )
        seen.setdefault(word, number)
    return found
