"""Files that are read: each once, none half, and what cannot be read put aside."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.connectors.described.expressions import Expressions
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.options import loaded
from causeway.connectors.samples import an_order
from causeway.errors import MappingError, RetryableError
from tests.exchange_folder import KEY, STOCK, drop, everything, exchange, options

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
