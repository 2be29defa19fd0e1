"""Files that are hostile, half written, late or twice; and crashes between any two steps."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway import settings
from causeway.canonical import Address
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.files.connector import FilesConnector
from causeway.connectors.files.local import LocalPlace
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.options import loaded
from causeway.connectors.samples import BUYER, an_order
from causeway.errors import (
    ConfigError,
    MappingError,
    MappingMissing,
    NotYet,
    RejectedError,
    RetryableError,
)
from tests.crashing import Crashing

KEY = "berlin:1042:book"
ORDER = {
    "folder": "out",
    "prefix": "order-",
    "format": "csv",
    "rows": "order.lines",
    "columns": {"Key": "key", "Name": "order.billing.name", "Item": "row.sku", "Net": "row.total"},
}
STOCK = {
    "folder": "in",
    "pattern": "*.csv",
    "format": "csv",
    "ready": "renamed",
    "fields": {"sku": "Item", "warehouse": "'MAIN'", "on_hand": "Pieces"},
}


def options(**more: Any) -> dict[str, Any]:
    return {"write": {"book_order": ORDER}, "read": {"stock": STOCK}, **more}


def exchange(root: Path, **more: Any) -> Any:
    url = f"file://{root}"
    return registry.build(
        ConnectionSettings("erp", "files", url, ("erp",), options=options(**more))
    )


def acknowledged(**said: Any) -> dict[str, Any]:
    """By a JSON file, in any time."""
    words = {"accepted": "ok", "number": "no", "message": "why", "unknown_sku": "sku"}
    times = {"wait_seconds": 0.0, "settle_seconds": 0.0}
    return {"kind": "file", "folder": "acks", "format": "json", **words, **times, **said}


def out(root: Path) -> list[Path]:
    folder = root / "out"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def drop(root: Path, name: str, content: str | bytes) -> Path:
    path = root / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def ack(root: Path, **said: Any) -> None:
    (root / "acks").mkdir(exist_ok=True)
    (name,) = [path.name for path in out(root)]
    (root / "acks" / f"{name}.ack").write_text(json.dumps(said))


def everything(connector: Any, cursor: str = "") -> tuple[list[Any], list[str], str]:
    items, refused = [], []
    while True:
        page = connector.read_stock(cursor)
        items += page.items
        refused += page.refused
        cursor = page.cursor
        if not page.more:
            return items, refused, cursor


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


# Incoming.


def test_each_file_is_read_once_and_goes_on_where_it_was(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", "Item,Pieces\nA,1\nB,2\n")
    drop(tmp_path, "b.csv", "Item,Pieces\nA,3\n")
    items, _, cursor = everything(exchange(tmp_path))
    assert [(x.sku, x.on_hand) for x in items] == [("A", 1), ("B", 2), ("A", 3)]
    assert list((tmp_path / "in").iterdir()) == []
    assert everything(exchange(tmp_path), cursor) == ([], [], cursor)
    again, _, _ = everything(exchange(tmp_path))
    assert again == items, "an older cursor, from a backup, reads them again"


def test_a_large_file_is_read_in_pages_and_a_death_between_loses_nothing(tmp_path: Path) -> None:
    rows = "".join(f"SKU-{n},{n}\n" for n in range(4500))
    drop(tmp_path, "a.csv", "Item,Pieces\n" + rows)
    cursor, seen = "", []
    for _ in range(4):
        page = exchange(tmp_path).read_stock(cursor)  # another process each time
        seen += [x.sku for x in page.items]
        cursor = page.cursor
    assert seen == [f"SKU-{n}" for n in range(4500)]


def test_the_same_file_again_is_read_once_but_other_figures_again(tmp_path: Path) -> None:
    erp = exchange(tmp_path)
    stock = {**STOCK, "fields": {**STOCK["fields"], "as_of": "'2026-03-14T09:00:00Z'"}}  # type: ignore[dict-item]
    erp = exchange(tmp_path, read={"stock": stock})
    cursor = ""
    counts = []
    for content in ("A,10", "A,10", "A,8", "A,10"):
        drop(tmp_path, "stock.csv", f"Item,Pieces\n{content}\n")
        items, _, cursor = everything(erp, cursor)
        counts.append([x.on_hand for x in items])
    assert counts == [[10], [], [8], [10]]
    assert len(list((tmp_path / ".causeway/twice/stock").iterdir())) == 1


def test_a_file_that_is_still_written_is_left_alone(tmp_path: Path) -> None:
    stable = {**STOCK, "ready": "stable", "settle_seconds": 5.0}
    erp = exchange(tmp_path, read={"stock": stable})
    path = drop(tmp_path, "a.csv", "Item,Pieces\nA,1\n")
    assert everything(erp)[0] == []
    old = time.time() - 6
    os.utime(path, (old, old))
    assert len(everything(erp)[0]) == 1


def test_a_file_waits_for_its_marker(tmp_path: Path) -> None:
    marked = {**STOCK, "ready": "done_file"}
    erp = exchange(tmp_path, read={"stock": marked})
    for name, marker in (("a.csv", "a.csv.done"), ("b.csv", "b.done")):
        drop(tmp_path, name, "Item,Pieces\nA,1\n" if name == "a.csv" else "Item,Pieces\nB,1\n")
        items, _, cursor = everything(erp)
        assert name[0].upper() not in {x.sku for x in items}
        drop(tmp_path, marker, "")
        items, _, cursor = everything(erp, cursor)
        assert [x.sku for x in items] == [name[0].upper()]
    assert list((tmp_path / "in").iterdir()) == []


def test_temporary_names_links_and_folders_are_no_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("Item,Pieces\nS,1\n")
    drop(tmp_path, ".a.csv", "Item,Pieces\nA,1\n")
    drop(tmp_path, "b.csv.tmp", "Item,Pieces\nA,1\n")
    (tmp_path / "in" / "c.csv").symlink_to(secret)
    (tmp_path / "in" / "d.csv").mkdir()
    os.mkfifo(tmp_path / "in" / "e.csv")
    assert everything(exchange(tmp_path)) == ([], [], "")
    assert secret.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"Item,Pieces\nA,1,2\n", "has 3 columns where there are 2"),
        (b'Item,Pieces\n"A,1\n', "is no sound CSV"),
        (b'Item,Pieces\n"A"x,1\n', "is no sound CSV"),
        (b"Item,Item\nA,1\n", "names a column twice"),
        (b"Item,Pieces\n\xff\xfe,1\n", "is no utf-8"),
        (b"I\x00tem,Pieces\nA,1\n", "zero bytes"),
        (b"Item,Pieces\nA,many\n", "cannot be read as a quantity"),
        (b"Code,Pieces\nA,1\n", "sku: is not there"),
        (b"Item,Pieces\n" + b"A,1\n" * 500, "larger than most_bytes"),
        ("Item,Pieces\nA,1\n".encode("utf-16"), "is no utf-8"),
    ],
)
def test_what_cannot_be_read_is_put_aside_with_a_sentence(
    content: bytes, words: str, tmp_path: Path
) -> None:
    drop(tmp_path, "bad.csv", content)
    drop(tmp_path, "good.csv", "Item,Pieces\nG,1\n")
    erp = exchange(tmp_path, most_bytes=1000)
    items, refused, _ = everything(erp)
    assert [x.sku for x in items] == ["G"]
    (sentence,) = refused
    assert sentence.startswith("bad.csv: ")
    assert words in sentence
    aside = tmp_path / ".causeway/error/stock"
    assert words in (aside / "bad.csv.why.txt").read_text()
    assert (aside / "bad.csv").read_bytes() == content
    assert "Files moved aside: 1 of stock" in erp.check().detail


def test_a_record_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", "\ufeffItem,Pieces\nA,1\nB,x\nC,2\n")
    items, refused, _ = everything(exchange(tmp_path))
    assert [x.sku for x in items] == ["A", "C"]
    (sentence,) = refused
    assert sentence.startswith("a.csv, record 2: on_hand: cannot be read as a quantity")


def test_a_file_that_is_changed_after_it_was_taken_is_passed_over(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", "Item,Pieces\nA,1\n")
    page = exchange(tmp_path).read_stock("")
    (logged,) = (tmp_path / ".causeway/log/stock").rglob("*a.csv")
    with logged.open("a") as file:
        file.write("B,2\n")
    items, refused, _ = everything(exchange(tmp_path))
    assert page.items
    assert items == []
    assert "was changed after it was taken" in refused[0]


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x><R>&b;</R></x>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x><R>&e;</R></x>',
        b"<x>" * 3000,
        b"<x><R></x>",
        b"{}",
    ],
)
def test_hostile_xml_is_put_aside(content: bytes, tmp_path: Path) -> None:
    feed = {**STOCK, "pattern": "*.xml", "format": "xml", "rows": "to_array(R)"}
    drop(tmp_path, "bad.xml", content)
    items, refused, _ = everything(exchange(tmp_path, read={"stock": feed}))
    assert items == []
    assert "is not whole, sound XML" in refused[0]


@given(st.binary(max_size=300), st.sampled_from(["csv", "json", "xml"]))
def test_no_content_of_whatever_shape_breaks_it(content: bytes, form: str) -> None:
    mapper = FileMapper(loaded(options()), Expressions())
    op = {"format": form, "rows": "@", "group": ""}
    with suppress(MappingError):
        assert isinstance(mapper.rows(op, content), list)


def test_rows_of_one_parcel_are_one_parcel(tmp_path: Path) -> None:
    feed = {
        "folder": "in", "pattern": "*.csv", "format": "csv", "ready": "renamed", "group": "Parcel",
        "fields": {"id": "Parcel", "request_key": "Key", "shipped_at": "'2026-03-14T09:00:00Z'"},
        "lines": "rows", "line": {"sku": "Item", "quantity": "N"},
    }  # fmt: skip
    drop(tmp_path, "p.csv", "Parcel,Key,Item,N\nP1,k1,A,1\nP2,k2,B,2\nP1,k1,C,3\n")
    erp = exchange(tmp_path, read={"shipments": feed})
    parcels = erp.read_shipments("").items
    assert [(p.id, [(x.sku, x.quantity) for x in p.lines]) for p in parcels] == [
        ("P1", [("A", 1), ("C", 3)]), ("P2", [("B", 2)]),
    ]  # fmt: skip


def test_the_time_of_the_figures_stands_in_the_name_or_is_the_files(tmp_path: Path) -> None:
    feed = {**STOCK, "time_in_name": "stock-%Y%m%d%H%M.csv"}
    formats = {"timezone": "Europe/Berlin"}
    drop(tmp_path, "stock-202603141026.csv", "Item,Pieces\nA,1\n")
    items, _, _ = everything(exchange(tmp_path, read={"stock": feed}, formats=formats))
    assert items[0].as_of.isoformat() == "2026-03-14T09:26:00+00:00"
    path = drop(tmp_path, "other.csv", "Item,Pieces\nA,1\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    items, _, _ = everything(exchange(tmp_path))
    assert items[-1].as_of.timestamp() == 1_000_000_000


def test_old_days_are_removed_but_nothing_that_was_not_read(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", "Item,Pieces\nA,1\n")
    _, _, cursor = everything(exchange(tmp_path))
    log = tmp_path / ".causeway/log/stock"
    (day,) = log.iterdir()
    old = day.rename(log / "2020-01-01")
    drop(tmp_path, "b.csv", "Item,Pieces\nB,1\n")
    behind = exchange(tmp_path).read_stock("2019-12-31/000001@end")
    assert [x.sku for x in behind.items] == ["A"]
    everything(exchange(tmp_path), cursor)
    assert not old.exists()


def test_a_folder_that_is_not_mounted_is_waited_for(tmp_path: Path) -> None:
    erp = exchange(tmp_path / "missing")
    for call in (
        lambda: erp.book_order(an_order(), KEY),
        lambda: erp.find("order", KEY),
        lambda: erp.read_stock(""),
    ):
        with pytest.raises(RetryableError, match="mounted"):
            call()
    assert not erp.check().ok
    assert not (tmp_path / "missing").exists()


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
