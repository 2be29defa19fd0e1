"""What the other side says of the files it got, as the settings say how it says it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from causeway.connectors.described.documents import without
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.outbox import Fate, Outbox, Receipt
from causeway.connectors.files.place import Gone
from causeway.connectors.texts import clean
from causeway.errors import MappingError, RejectedError

MOST_ACK_BYTES = 1_000_000
MOST_WORDS = 300
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Acknowledgements:
    """The acknowledgements of one operation. `private` is what no words may repeat."""

    said: Mapping[str, Any]
    outbox: Outbox
    mapper: FileMapper

    @property
    def expressions(self) -> Expressions:
        return self.mapper.expressions

    def look(self, receipt: Receipt, private: Sequence[str] = ()) -> Receipt:
        """The receipt with what has become of its file by now."""
        if receipt.fate not in ("sent", "overdue"):
            return receipt
        kind = self.said["kind"]
        if kind == "none":
            return self.outbox.settle(receipt, "accepted")
        found = self._taken(receipt) if kind == "taken" else self._file(receipt, private)
        return found or receipt

    def wait(self, receipt: Receipt, private: Sequence[str]) -> Receipt:
        """As `look`, and again and again for the little while that the settings allow."""
        until = time.monotonic() + self.said["wait_seconds"]
        while True:
            receipt = self.look(self.outbox.latest(receipt), private)
            if receipt.fate != "sent" or time.monotonic() >= until:
                return receipt
            time.sleep(LOOK_SECONDS)

    def put_away(self, receipt: Receipt) -> None:
        """Have an old word about a file not be taken for one about its next writing."""
        if self.said["kind"] == "file":
            self.outbox.put_away(self._path(receipt))

    def is_overdue(self, receipt: Receipt) -> bool:
        waited = self.outbox.place.now() - receipt.sent_at
        return waited > float(self.said["timeout_minutes"]) * 60

    def _taken(self, receipt: Receipt) -> Receipt | None:
        """It went from its folder: into their archive, or where they put what is wrong."""
        place, said = self.outbox.place, self.said
        if place.stat(receipt.path):
            return None
        if said["error_folder"] and place.stat(f"{said['error_folder']}/{receipt.name}"):
            return self.outbox.settle(
                receipt, "refused", words=f"it put the file into {said['error_folder']}"
            )
        if said["archive_folder"] and not place.stat(f"{said['archive_folder']}/{receipt.name}"):
            return None
        return self.outbox.settle(receipt, "accepted")

    def _file(self, receipt: Receipt, private: Sequence[str]) -> Receipt | None:
        path = self._path(receipt)
        place = self.outbox.place
        entry = place.stat(path)
        if entry is None:
            return None
        rested = place.now() - entry.modified >= self.said["settle_seconds"]
        if self.said["format"] == "csv" and not rested:  # half a table looks like a whole one
            return None
        if self.said["format"] == "none":
            fate = self.outbox.settle(receipt, "accepted")
        else:
            try:
                content = place.read(path, MOST_ACK_BYTES)
                document = self.mapper.document(self.said["format"], content)
                fate = self._fate(receipt, document, private)
            except Gone:
                return None
            except (MappingError, RejectedError):
                if not rested:  # it may be half written
                    return None
                words = f"what it says in {path} cannot be read"
                fate = self.outbox.settle(receipt, "refused", words=words)
        self.outbox.put_away(path, receipt.path)
        return fate

    def _path(self, receipt: Receipt) -> str:
        return f"{self.said['folder']}/{receipt.name}{self.said['suffix']}"

    def _fate(self, receipt: Receipt, document: Any, private: Sequence[str]) -> Receipt:
        text, said = self.expressions.text, self.said
        if self.expressions.find(said["accepted"], document):
            return self.outbox.settle(receipt, "accepted", number=text(said["number"], document))
        words = clean(text(said["message"], document))[: 10 * MOST_WORDS]
        words = without(words, private)[:MOST_WORDS] or "it gave no reason"
        late = said["too_late"] and self.expressions.find(said["too_late"], document)
        unknown = text(said["unknown_sku"], document)[:100] if said["unknown_sku"] else ""
        fate: Fate = "too_late" if late else "refused"
        return self.outbox.settle(receipt, fate, words=words, unknown=unknown)
