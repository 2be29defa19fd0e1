"""Outgoing files: each written whole or not at all, under a name of its own for each key, once.

In the work folder stands a receipt for every file, written before the file goes out. What the
receipt says survives any crash:

    no receipt                       nothing was sent: begin
    a receipt, and the file staged   it did not go out yet: one rename does it
    a receipt, and nothing staged    it went out, whatever became of it since
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from causeway.connectors.described.keys import name_of
from causeway.connectors.files.place import Gone, Place
from causeway.connectors.single import SingleFlight
from causeway.errors import RejectedError

MOST_RECEIPT_BYTES = 100_000
Fate = Literal["sent", "accepted", "refused", "too_late", "overdue"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one outgoing file. `sent_at` is seconds since 1970 by the place's clock.

    `number` is what they call what they made of it, `words` what they said, `unknown` an SKU they
    do not know.
    """

    key: str
    name: str
    folder: str
    hash: str
    sent_at: float
    fate: Fate = "sent"
    number: str = ""
    words: str = ""
    unknown: str = ""

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Outbox:
    """The outgoing files of one connection."""

    place: Place
    work: str
    single: SingleFlight

    def receipt(self, name: str) -> Receipt | None:
        """What is known of the file of that name; None for one that never went out."""
        receipt = self._read(name)
        if receipt is None or self.place.stat(self._staged(name)):
            return None
        return receipt

    def send(
        self, key: str, name: str, folder: str, content: Callable[[], bytes]
    ) -> tuple[Receipt, bool]:
        """Have the file go out, and whether it had gone before.

        One that was refused goes out anew, as it is worked out now: somebody has mended something.
        """
        with self.single.alone(name), self.place.alone(f"{self.work}/locks/{name}"):
            receipt = self._read(name)
            if receipt and receipt.fate != "refused":
                if self.place.stat(self._staged(name)):
                    self.place.move(self._staged(name), receipt.path)
                    return receipt, False
                return receipt, True
            found = content()
            digest = hashlib.sha256(found).hexdigest()
            receipt = Receipt(key, name, folder, digest, self.place.now())
            self.place.put(self._staged(name), found)
            self.keep(receipt)
            self.place.move(self._staged(name), receipt.path)
            return receipt, False

    def keep(self, receipt: Receipt) -> Receipt:
        content = json.dumps(asdict(receipt), separators=(",", ":")).encode()
        self.place.put(self._receipt(receipt.name), content)
        return receipt

    def latest(self, receipt: Receipt) -> Receipt:
        """As it stands now: another thread or process may have heard of it meanwhile."""
        return self._read(receipt.name) or receipt

    def settle(
        self, receipt: Receipt, fate: Fate, *, number: str = "", words: str = "", unknown: str = ""
    ) -> Receipt:
        """Write down what became of it."""
        return self.keep(replace(receipt, fate=fate, number=number, words=words, unknown=unknown))

    def wait_again(self, receipt: Receipt) -> Receipt:
        """Begin the time for its acknowledgement anew, at a person's word."""
        return self.keep(replace(receipt, fate="sent", sent_at=self.place.now()))

    def put_away(self, *paths: str) -> None:
        """Move what is done with into the archive of the day."""
        day = datetime.fromtimestamp(self.place.now(), UTC).date().isoformat()
        for path in paths:
            try:
                name = path.rpartition("/")[2]
                self.place.move(path, f"{self.work}/archive/sent/{day}/{name}")
            except Gone:
                continue

    def _read(self, name: str) -> Receipt | None:
        try:
            content = self.place.read(self._receipt(name), MOST_RECEIPT_BYTES)
        except Gone:
            return None
        try:
            return Receipt(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise RejectedError(
                f"{self._receipt(name)} cannot be read; see whether {name} reached them, then put "
                "the receipt back from a backup, or remove it to have the file written anew",
                code="receipt",
            ) from error

    def _staged(self, name: str) -> str:
        return f"{self.work}/staged/{name}"

    def _receipt(self, name: str) -> str:
        shard = hashlib.sha256(name.encode()).hexdigest()[:2]
        return f"{self.work}/receipts/{shard}/{name}.json"

    def receipt_path(self, receipt: Receipt) -> str:
        """Where the receipt stands, for a person who wants the file written anew."""
        return self._receipt(receipt.name)


def file_name(op: Mapping[str, Any], key: str) -> str:
    """The one name of the file under a key."""
    extension = op.get("extension") or f".{op['format']}"
    return f"{op['prefix']}{name_of(key)}{extension}"
