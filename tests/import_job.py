"""A program that behaves like an ERP's import job, for tests of `files`.

It looks into a folder, takes orders, credits, pickings and cancellations, answers each with a file,
keeps its own books, and exports stock, prices and parcels. It imports nothing of the project.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

Json = dict[str, Any]
GOODS = frozenset({"MUG-01", "BOOK-7"})
ZONE = ZoneInfo("Europe/Berlin")


@dataclass
class ImportJob:
    """`goods` is what it knows (None: anything); `answers` turned off makes it deaf and dumb."""

    root: Path
    goods: frozenset[str] | None = GOODS
    answers: bool = True
    books: list[Json] = field(default_factory=list)
    """Every document it ever imported, in order: the same reference twice shows here."""
    half_read: list[str] = field(default_factory=list)
    """Files that were not whole when it took them."""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._stop = threading.Event()
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._work)
        for name in ("orders", "credits", "pickings", "cancellations", "answers", "done"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def running(self) -> Iterator[ImportJob]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()

    def under(self, reference: str, kind: str = "order") -> list[Json]:
        with self._lock:
            return [b for b in self.books if (b["reference"], b["kind"]) == (reference, kind)]

    def _work(self) -> None:
        while not self._stop.wait(0.02):
            if self.answers:
                self.import_all()

    def import_all(self) -> None:
        readers = {"orders": self._order, "credits": self._credit, "pickings": self._picking,
                   "cancellations": self._cancellation}  # fmt: skip
        for folder, read in readers.items():
            for path in sorted((self.root / folder).iterdir()):
                if path.name.startswith("."):
                    continue
                with self._lock:
                    self._import(path, read)

    def _import(self, path: Path, read: Any) -> None:
        try:
            document, wrong = read(path.read_text(encoding="utf-8"))
        except Exception:
            self.half_read.append(path.name)
            document, wrong = None, {"status": "ERROR", "text": "not to be read"}
        if wrong is None:
            number = f"IMP-{next(self._numbers):05d}"
            self.books.append({**document, "number": number})
            wrong = {"status": "OK", "number": number}
        path.rename(self.root / "done" / path.name)
        self.drop(f"answers/{path.name}.ack", json.dumps(wrong).encode())

    def _order(self, text: str) -> tuple[Json, Json | None]:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
        total = _number(rows[0]["Total"])
        lines = [{"item": row["Item"], "quantity": _number(row["Quantity"])} for row in rows
                 if row["Kind"] == "ITEM"]  # fmt: skip
        for line in lines:
            if self._unknown(line["item"]):
                return {}, {"status": "ERROR", "text": f"item {line['item']} is not known",
                            "unknown_item": line["item"]}  # fmt: skip
        parts = sum((_number(row["Net"]) + _number(row["Tax"]) for row in rows), Decimal(0))
        if abs(parts - total) > Decimal("0.02"):
            return {}, {"status": "ERROR", "text": f"lines come to {parts}, not to {total}"}
        return {"kind": "order", "reference": rows[0]["Reference"], "order": rows[0]["Order"],
                "total": total, "currency": rows[0]["Currency"], "lines": lines,
                "state": "open"}, None  # fmt: skip

    def _credit(self, text: str) -> tuple[Json, Json | None]:
        said = json.loads(text, parse_float=Decimal)
        parts = sum(Decimal(x["net"]) + Decimal(x["tax"]) for x in said["lines"])
        if abs(parts - Decimal(said["total"])) > Decimal("0.02"):
            return {}, {"status": "ERROR", "text": f"lines come to {parts}"}
        return {"kind": "credit", "reference": said["reference"], "order": said["order"],
                "total": Decimal(said["total"]), "currency": said["currency"]}, None  # fmt: skip

    def _picking(self, text: str) -> tuple[Json, Json | None]:
        root = ET.fromstring(text)
        lines = [{"item": line.findtext("Item"), "quantity": line.findtext("Quantity")}
                 for line in root.findall("Line")]  # fmt: skip
        for line in lines:
            if self._unknown(str(line["item"])):
                return {}, {"status": "ERROR", "text": f"item {line['item']} is not known",
                            "unknown_item": line["item"]}  # fmt: skip
        return {"kind": "picking", "reference": root.get("reference"), "lines": lines,
                "order": root.findtext("Order"), "state": "open"}, None  # fmt: skip

    def _cancellation(self, text: str) -> tuple[Json, Json | None]:
        root = ET.fromstring(text)
        booked = root.findtext("Order") or ""
        (order,) = self.under(booked) or self.under(booked, "picking")
        if order["state"] == "shipped":
            return {}, {"status": "SHIPPED", "text": "the goods have left"}
        lines = {x.findtext("Item"): _number(x.findtext("Quantity") or "")
                 for x in root.findall("Line")}  # fmt: skip
        if lines:
            for line in order["lines"]:
                line["quantity"] = Decimal(line["quantity"]) - lines.get(line["item"], 0)
        else:
            order["state"] = "cancelled"
        return {"kind": "cancellation", "reference": root.get("reference")}, None

    def _unknown(self, item: str) -> bool:
        return self.goods is not None and item not in self.goods

    def drop(self, path: str, content: bytes) -> None:
        """A file from it, under its name in one step."""
        target = self.root / path
        target.parent.mkdir(exist_ok=True)
        whole = target.with_name(target.name + ".tmp")
        whole.write_bytes(content)
        whole.rename(target)

    def export_stock(self, item: str, pieces: str, warehouse: str = "MAIN") -> None:
        now = datetime.now(ZONE).strftime("%d.%m.%Y %H:%M:%S")
        text = f"Item;Warehouse;OnHand;Reserved;AsOf\r\n{item};{warehouse};{pieces};0;{now}\r\n"
        self.drop(f"stock/stock-{next(self._numbers):06d}.csv", text.encode())

    def export_price(self, item: str, price: str) -> None:
        now = datetime.now(ZONE).strftime("%d.%m.%Y %H:%M:%S")
        rows = [{"item": item, "currency": "EUR", "price": price, "changed": now}]
        name = f"prices/{next(self._numbers):06d}.json"
        (self.root / "prices").mkdir(exist_ok=True)
        (self.root / name).write_bytes(json.dumps({"prices": rows}).encode())
        (self.root / f"{name}.done").touch()

    def ship(self, reference: str, kind: str = "picking") -> str:
        """All goods of a document leave in one parcel; its tracking number."""
        with self._lock:
            (document,) = self.under(reference, kind)
            document["state"] = "shipped"
            number = next(self._numbers)
        parcels = ET.Element("Parcels")
        parcel = ET.SubElement(parcels, "Parcel", id=f"P{number}")
        texts = {"Reference": reference, "Carrier": "DHL", "Tracking": f"TRK{number:06d}",
                 "Left": datetime.now(ZONE).strftime("%d.%m.%Y %H:%M:%S")}  # fmt: skip
        for name, text in texts.items():
            ET.SubElement(parcel, name).text = text
        for line in document["lines"]:
            row = ET.SubElement(parcel, "Line")
            ET.SubElement(row, "Item").text = line["item"]
            ET.SubElement(row, "Quantity").text = str(line["quantity"]).replace(".", ",")
        self.drop(f"parcels/parcel-{number:06d}.xml", ET.tostring(parcels))
        return texts["Tracking"]


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
