"""Mappings as files: read whole or refused with every problem, and held to their own tests."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.engine import mapping_file
from causeway.errors import ConfigError
from causeway.policy import TableName, Translation

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOML = """
[[entry]]
table = "payment"
pattern = "stripe*"
value = "CARD"

[[entry]]
table = "tax"
pattern = "DE-19"
value = "V19"
connection = "erp"
from = 2026-01-01
until = "2027-01-01T00:00:00+00:00"

[[test]]
table = "payment"
word = "stripe_sepa"
becomes = "CARD"

[[test]]
table = "tax"
word = "DE-19"
becomes = "V19"
connection = "erp"
"""
CSV = """table,pattern,value,connection,from,until
payment,stripe*,CARD,,,
tax,DE-19,V19,erp,2026-01-01T00:00:00,2027-01-01T00:00:00Z
"""
ENTRIES = (
    Translation("payment", "stripe*", "CARD"),
    Translation(
        "tax", "DE-19", "V19", "erp",
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC),
    ),
)  # fmt: skip


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(folder: Path, name: str, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        mapping_file.read(written(folder, name, text))
    return refused.value.problems


@pytest.mark.parametrize("text", [CSV, CSV.replace(",", ";"), "\ufeff" + CSV, CSV + "\n,,,,,\n"])
def test_a_spreadsheets_file_is_read_however_it_was_saved(tmp_path: Path, text: str) -> None:
    assert mapping_file.read(written(tmp_path, "m.csv", text)).entries == ENTRIES


def test_both_forms_say_the_same_and_pass_their_tests(tmp_path: Path) -> None:
    toml = mapping_file.read(written(tmp_path, "m.toml", TOML))
    tests = "table,word,becomes,connection,at\npayment,stripe_sepa,CARD,,\ntax,DE-19,V19,erp,\n"
    written(tmp_path, "m.tests.csv", tests)
    assert mapping_file.read(written(tmp_path, "m.csv", CSV)) == toml
    assert toml.entries == ENTRIES
    assert mapping_file.failures(toml, NOW) == []


def test_a_test_that_fails_says_what_it_became_and_why(tmp_path: Path) -> None:
    wrong = TOML.replace('becomes = "CARD"', 'becomes = "DIRECT DEBIT"')
    read = mapping_file.read(written(tmp_path, "m.toml", wrong))
    (failure,) = mapping_file.failures(read, NOW)
    assert (failure.test.word, failure.became, failure.by) == ("stripe_sepa", "CARD", "stripe*")
    late = mapping_file.failures(read, datetime(2028, 1, 1, tzinfo=UTC))
    assert [(f.test.word, f.became, f.by) for f in late[1:]] == [("DE-19", "DE-19", "")]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
moments = st.none() | st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)  # fmt: skip


@st.composite
def entries(draw: st.DrawFn) -> list[Translation]:
    found: dict[Any, Translation] = {}
    for _ in range(draw(st.integers(0, 6))):
        since, until = draw(moments), draw(moments)
        if since and until and until <= since:
            until = None
        entry = Translation(
            draw(st.sampled_from(get_args(TableName))), draw(words), draw(words),
            draw(st.sampled_from(["*", "erp", "house_2"])), since, until,
        )  # fmt: skip
        key = (entry.table, entry.pattern.lower(), entry.connection, since, until)
        found.setdefault(key, entry)
    return list(found.values())


@given(entries())
def test_what_is_exported_reads_back_as_it_was(made: list[Translation]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "m.toml", mapping_file.to_toml(made))
        assert mapping_file.read(path).entries == tuple(made)


def test_as_csv_too(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", mapping_file.to_csv(ENTRIES))
    assert mapping_file.read(path).entries == ENTRIES


BAD: dict[str, tuple[str, str | bytes, str]] = {
    "no toml": ("m.toml", "[[entry", "m.toml: is not TOML"),
    "another table": ("m.toml", "[x]", "x: is not known"),
    "entry is a text": ("m.toml", 'entry = "a"', "entry: is not a list of tables"),
    "no value": ("m.toml", '[[entry]]\ntable = "tax"\npattern = "a"', "entry 1, value: Missing"),
    "no such table": ("m.toml", '[[entry]]\ntable = "x"\npattern = "a"\nvalue = "b"',
                      "entry 1, table: must be one of tax, payment"),
    "a member unknown": ("m.toml", '[[entry]]\ntable = "tax"\npattern = "a"\nvalue = "b"\nx = 1',
                         "entry 1, x: Unknown field"),
    "a number": ("m.toml", '[[entry]]\ntable = "tax"\npattern = 7\nvalue = "b"',
                 "entry 1, pattern: Not a valid string"),
    "too long": ("m.toml", f'[[entry]]\ntable = "tax"\npattern = "{"x" * 256}"\nvalue = "b"',
                 "entry 1, pattern: must have 1 to 255 letters"),
    "no connection": ("m.csv", "table,pattern,value,connection\ntax,a,b,My ERP\n",
                      "m.csv line 2, connection: must be a connection's name"),
    "no head": ("m.csv", "payment,stripe*,CARD\n", "m.csv: its first line must name columns"),
    "empty": ("m.csv", "", "m.csv: its first line must name columns"),
    "too many cells": ("m.csv", "table,pattern,value\ntax,a,b,c\n", "m.csv line 2: has more cells"),
    "an open quote": ("m.csv", 'table,pattern,value\ntax,"a,b\n', "is not CSV"),
    "no date": ("m.csv", "table,pattern,value,from\ntax,a,b,tomorrow\n", "m.csv line 2, from:"),
    "twice": ("m.csv", "table,pattern,value\ntax,a,b\ntax,A,c\n",
              "entry 2 (tax A): is there already as entry 1"),
    "ends first": ("m.csv", "table,pattern,value,from,until\ntax,a,b,2026-02-01,2026-01-01\n",
                   "entry 1 (tax a): ends before it begins"),
    "latin": ("m.csv", "table,pattern,value\ntax,ü,b\n".encode("latin-1"), "is not UTF-8"),
    "another kind": ("m.xlsx", b"PK\x03\x04", "is neither .toml nor .csv"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "says"), BAD.values(), ids=BAD)
def test_a_file_that_makes_no_sense_says_where_and_what(
    tmp_path: Path, name: str, text: str | bytes, says: str
) -> None:
    assert says in problems(tmp_path, name, text)[0]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_in_a_file_nothing_but_problems_comes_of_it(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("m.toml", "m.csv"):
            with suppress(ConfigError):
                mapping_file.read(written(Path(folder), name, content))


def test_a_file_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_file, "MOST_BYTES", 100)
    assert "is larger than" in problems(tmp_path, "m.csv", CSV)[0]
    monkeypatch.setattr(mapping_file, "MOST_BYTES", 10_000)
    monkeypatch.setattr(mapping_file, "MOST_ENTRIES", 1)
    assert "2 entries are more than the 1" in problems(tmp_path, "m.csv", CSV)[0]
