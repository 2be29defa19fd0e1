"""Documents as files, with crashes between any two steps: one whole file, and a word in return."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway import settings
from causeway.canonical import Address
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.files.connector import FilesConnector
from causeway.connectors.files.local import LocalPlace
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.options import loaded
from causeway.connectors.samples import BUYER, an_order
from causeway.errors import ConfigError, MappingMissing, NotYet, RejectedError, RetryableError
from tests.crashing import Crashing
from tests.exchange_folder import KEY, ack, acknowledged, exchange, options, out

XML_WITHOUT_ROOT = """url = "file:///x"
[connections.erp.options.write.book_order]
folder = "out"
format = "xml"
body = "order"
"""

# Outgoing.


def test_a_key_has_one_file_and_a_repeat_makes_no_second(tmp_path: Path) -> None:
    erp = exchange(tmp_path)
    first = erp.book_order(an_order(), KEY)
    assert [path.name for path in out(tmp_path)] == [f"{first.id}.csv"]
    out(tmp_path)[0].unlink()  # they took it
    second = exchange(tmp_path).book_order(an_order(), KEY)
    assert (second.id, second.existed) == (first.id, True)
    assert out(tmp_path) == []
    assert exchange(tmp_path).find("order", KEY).id == first.id


class CrashError(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 7))
def test_a_crash_at_any_step_leaves_one_whole_file(at: int, after: bool, tmp_path: Path) -> None:
    """They take each file the moment it is there, as a quick import does."""
    taken: list[bytes] = []

    def take() -> None:
        for path in out(tmp_path):
            taken.append(path.read_bytes())
            path.unlink()

    said = loaded(options())
    mapper = FileMapper(said, Expressions())
    place: Any = Crashing(LocalPlace(str(tmp_path)), at, CrashError(), after=after)
    erp: Any = FilesConnector(place, mapper, said, ("erp",))
    for attempt in range(3):
        try:
            erp.book_order(an_order(), KEY)
        except CrashError:
            assert attempt == 0
        take()
        erp = exchange(tmp_path)
    assert len(taken) == 1
    assert taken[0].count(b"\r\n") == 1 + len(an_order().lines)
    assert list(tmp_path.rglob("*.tmp")) == []


def test_it_waits_for_their_word_and_then_has_their_number(tmp_path: Path) -> None:
    erp = exchange(tmp_path, acknowledgement=acknowledged())
    with pytest.raises(NotYet) as waiting:
        erp.book_order(an_order(), KEY)
    assert 5 <= waiting.value.again <= 300
    assert not erp.find("order", KEY).complete
    ack(tmp_path, ok=True, no="SO-7")
    booked = erp.book_order(an_order(), KEY)
    assert (booked.number, booked.existed, booked.complete) == ("SO-7", True, True)
    assert out(tmp_path) == []
    kept = list((tmp_path / ".causeway/archive/sent").rglob("*.*"))
    assert len(kept) == 2, "the file and their word, in the archive of the day"


def test_what_they_refuse_is_said_and_sent_anew_once_it_was_mended(tmp_path: Path) -> None:
    erp = exchange(tmp_path, acknowledgement=acknowledged())
    for said, error in (
        ({"why": "period is closed for Erika Mustermann"}, RejectedError),
        ({"sku": "MUG-01"}, MappingMissing),
    ):
        with pytest.raises(NotYet):
            erp.book_order(an_order(), KEY)
        ack(tmp_path, ok=False, **said)
        with pytest.raises(error) as refused:
            erp.book_order(an_order(), KEY)
        assert "Erika" not in refused.value.reason
        assert "period is closed" in refused.value.reason or "MUG-01" in refused.value.reason
    with pytest.raises(NotYet):
        erp.book_order(an_order(), KEY)
    ack(tmp_path, ok=True, no="SO-8")
    assert erp.book_order(an_order(), KEY).number == "SO-8"


def test_a_word_that_does_not_come_becomes_a_case_and_may_still_come(tmp_path: Path) -> None:
    erp = exchange(tmp_path, acknowledgement=acknowledged())
    with pytest.raises(NotYet):
        erp.book_order(an_order(), KEY)
    (receipt,) = (tmp_path / ".causeway/receipts").rglob("*.json")
    said = json.loads(receipt.read_text())
    receipt.write_text(json.dumps({**said, "sent_at": said["sent_at"] - 3601}))
    with pytest.raises(RejectedError, match="not acknowledged within 60 minutes") as overdue:
        erp.book_order(an_order(), KEY)
    assert overdue.value.code == "not_acknowledged"
    with pytest.raises(NotYet):  # a person retries: the time begins anew
        erp.book_order(an_order(), KEY)
    assert len(out(tmp_path)) == 1
    ack(tmp_path, ok=True, no="SO-9")
    assert erp.book_order(an_order(), KEY).number == "SO-9"


def test_half_a_word_is_waited_for(tmp_path: Path) -> None:
    said = acknowledged(settle_seconds=5.0)
    erp = exchange(tmp_path, acknowledgement=said)
    with pytest.raises(NotYet):
        erp.book_order(an_order(), KEY)
    ack(tmp_path, ok=True, no="SO-7")
    (path,) = (tmp_path / "acks").iterdir()
    whole = path.read_text()
    path.write_text(whole[:8])
    with pytest.raises(NotYet):
        erp.book_order(an_order(), KEY)
    path.write_text(whole)
    assert erp.book_order(an_order(), KEY).number == "SO-7"


@pytest.mark.parametrize(
    ("folder", "error"), [("done", None), ("bad", RejectedError), ("nowhere", NotYet)]
)
def test_taking_it_away_is_a_word_too(
    folder: str, error: type[Exception] | None, tmp_path: Path
) -> None:
    said = {"kind": "taken", "archive_folder": "done", "error_folder": "bad", "wait_seconds": 0.0}
    erp = exchange(tmp_path, acknowledgement=said)
    with pytest.raises(NotYet):
        erp.book_order(an_order(), KEY)
    (file,) = out(tmp_path)
    (tmp_path / folder).mkdir()
    file.rename(tmp_path / folder / file.name)
    if error is None:
        assert erp.book_order(an_order(), KEY).existed
    else:
        with pytest.raises(error):
            erp.book_order(an_order(), KEY)


def test_formulas_are_written_as_text_and_numbers_stay(tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "+49 30", "-5.00", 'Tom; "Jerry"\r\nx']
    erp = exchange(tmp_path)
    for number, name in enumerate(names):
        order = an_order(billing=Address(first_name=name))
        erp.book_order(order, f"{KEY}:{number}")
    cells = []
    for path in out(tmp_path):
        text = path.read_bytes().decode()
        cells.append(next(csv.DictReader(io.StringIO(text, newline="")))["Name"])
    assert not [cell for cell in cells if cell[:1] in "=@+\t"]
    assert "-5.00" in cells
    assert 'Tom; "Jerry"\r\nx' in cells


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_text_survives_csv(values: list[str]) -> None:
    said = loaded(options(csv={"delimiter": ";", "guard_formulas": False}))
    mapper = FileMapper(said, Expressions())
    legal = ["".join(s for s in v if s.isprintable()) for v in values]
    op = {"format": "csv", "rows": "rows", "columns": {"A": "row", "B": "'x'"}}
    content = mapper.content(op, {"rows": legal})
    assert [row["A"] for row in mapper.document("csv", content)] == legal


def test_a_sign_that_their_encoding_lacks_is_refused_in_words(tmp_path: Path) -> None:
    erp = exchange(tmp_path, encoding="cp1252")
    order = an_order(billing=replace(BUYER, first_name="Łukasz 😀"))
    with pytest.raises(RejectedError, match="cp1252 cannot write"):
        erp.book_order(order, KEY)
    assert out(tmp_path) == []
    erp.book_order(an_order(), KEY)
    assert len(out(tmp_path)) == 1


@contextmanager
def locked(root: Path, name: str) -> Iterator[None]:
    with LocalPlace(str(root)).alone(f".causeway/locks/{name}"):
        yield


def test_another_process_at_the_same_file_is_waited_for(tmp_path: Path) -> None:
    erp = exchange(tmp_path)
    with locked(tmp_path, "inbox-stock"), pytest.raises(RetryableError, match="another process"):
        erp.read_stock("")
    assert erp.read_stock("").items == ()


def test_check_says_what_is_missing_in_words(tmp_path: Path) -> None:
    good = exchange(tmp_path).check()
    assert good.ok
    assert "book_refund is not described: each refund becomes a case" in good.detail
    bad = exchange(tmp_path, write={}).check()
    assert "book_order is not described" in bad.problems[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "file:///x"\n[connections.erp.options.read.stock]\nfolder = "../../etc"\n',
         "options.read.stock.folder: must be a folder below"),
        ('url = "file:///x"\n[connections.erp.options.read.stock]\nfolder = "/etc"\n',
         "options.read.stock.folder: must be a folder below"),
        ('url = "file:///x"\n[connections.erp.options.write.book_order]\nfolder = "out"\n',
         "options.write.book_order.format: is missing"),
        (XML_WITHOUT_ROOT, "options.write.book_order.root: is missing"),
        ('url = "file:///x"\n[connections.erp.options]\nencoding = "klingon"\n',
         "options.encoding: is no encoding"),
        ('url = "file:///x"\n[connections.erp.options.acknowledgement]\nkind = "file"\n',
         "options.acknowledgement.folder: is missing"),
        ('url = "file:///x"\n[connections.erp.options.csv]\nheader = false\n',
         "options.csv.columns: is missing"),
        ('url = "sftp://h/x"\n[connections.erp.options.sftp]\nuser = "u"\n',
         "options.sftp.host_keys: is missing"),
        ('url = "https://h/x"\n', "url: must be a file or sftp address"),
        ('url = "sftp://u:p@h/x"\n', "url: must be a file or sftp address"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_a_remedy(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "causeway.toml"
    file.write_text(f'[connections.erp]\nkind = "files"\nroles = ["erp"]\n{text}')
    with pytest.raises(ConfigError) as raised:
        settings.load(file, {})
    assert words in "\n".join(raised.value.problems)


def test_money_stays_exact_on_the_way(tmp_path: Path) -> None:
    exchange(tmp_path).book_order(an_order(), KEY)
    rows = list(csv.DictReader(io.StringIO(out(tmp_path)[0].read_text(), newline="")))
    assert [Decimal(row["Net"]) for row in rows] == [x.total.amount for x in an_order().lines]


def test_a_receipt_that_was_spoilt_sends_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    erp = exchange(tmp_path)
    erp.book_order(an_order(), KEY)
    (receipt,) = (tmp_path / ".causeway/receipts").rglob("*.json")
    receipt.write_text("{")
    out(tmp_path)[0].unlink()
    with pytest.raises(RejectedError, match="put the receipt back from a backup"):
        erp.book_order(an_order(), KEY)
    assert out(tmp_path) == []
