"""An exchange of files as a connector: it has the methods that the settings describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, cast

from causeway.canonical import FulfilmentRequest, JournalEntry, Order, Payment, Refund, Return
from causeway.connectors.base import (
    Cancelled,
    Check,
    ConnectionSettings,
    DocumentKind,
    LineQuantity,
    Page,
    RemoteDocument,
    Role,
)
from causeway.connectors.described import abilities, documents
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.described.operations import Described
from causeway.connectors.described.rows import SHAPES, Feed, RowReader
from causeway.connectors.described.schema import formats_of, wording_of
from causeway.connectors.files.acknowledging import Acknowledgements
from causeway.connectors.files.client import place_of
from causeway.connectors.files.inbox import Inbox, read_spot
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.options import loaded
from causeway.connectors.files.outbox import Outbox, Receipt, file_name
from causeway.connectors.files.place import Place
from causeway.connectors.files.tidying import Tidy
from causeway.connectors.single import SingleFlight
from causeway.errors import ConnectorError, MappingMissing, NotYet, RejectedError, TooLate

Data = dict[str, Any]
# The first looks for an acknowledgement come soon, later ones when a quarter of its age has passed.
SOONEST, LATEST = 5.0, 300.0


class FilesConnector(Described):
    """Keeps of the promises in `base` those that its settings describe.

    A write is done when its file is acknowledged as the settings say; until then it is `NotYet`.
    What is not described is refused, in words, and so becomes a case.
    """

    kind: ClassVar[str] = "files"

    def __init__(
        self, place: Place, mapper: FileMapper, options: Mapping[str, Any], roles: Sequence[Role]
    ) -> None:
        self._place, self._mapper, self._options, self._roles = place, mapper, options, roles
        single = SingleFlight()
        self._outbox = Outbox(place, options["work_folder"], single)
        self._tidy = Tidy(place, options["archive_days"])
        self.capabilities = abilities.capabilities(
            roles,
            options["write"],
            options["read"],
            unique_key=True,
            max_key_length=options["max_key_length"],
        )
        self._inboxes = [
            Inbox(
                feed, op, place, options["work_folder"], mapper,
                RowReader(SHAPES[cast(Feed, feed)], wording_of(op), mapper.expressions), single,
            )
            for feed, op in options["read"].items()
        ]  # fmt: skip
        self._take_writes()
        for inbox in self._inboxes:
            setattr(self, f"read_{inbox.feed}", partial(self._page, inbox))

    def check(self) -> Check:
        described = [*self._options["write"], *self._options["read"]]
        problems = list(abilities.lacking(self._roles, described))
        try:
            self._place.visit([self._options["work_folder"], *self._folders()])
            aside = {inbox.feed: inbox.aside() for inbox in self._inboxes}
        except ConnectorError as error:
            problems.append(error.reason)
            aside = {}
        if problems:
            return Check(False, "The exchange of files cannot be used as it is", tuple(problems))
        left = ", ".join(f"{count} of {feed}" for feed, count in aside.items() if count)
        wait = (
            f" Files moved aside: {left} (in {self._options['work_folder']}/error)." if left else ""
        )
        words = abilities.in_words(self._roles, described)
        return Check(True, f"Its folders are there. {words}{wait}")

    def _folders(self) -> list[str]:
        """All that files come from and go to."""
        ops = [*self._options["write"].values(), *self._options["read"].values()]
        found = [op["folder"] for op in ops]
        for op in self._options["write"].values():
            said = self._said(op)
            found += [said["folder"], said["archive_folder"], said["error_folder"]]
        return [folder for folder in dict.fromkeys(found) if folder]

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        """By its receipt. A file that waits for its word is there, and not complete."""
        for name, op in self._options["write"].items():
            if abilities.WRITES[name] != kind:
                continue
            receipt = self._outbox.receipt(file_name(op, key))
            if receipt is not None:
                receipt = self._acks(op).look(receipt)
                return _document(receipt, existed=True)
        return None

    def preview_order(self, order: Order, key: str) -> str:
        """The file: where it would go, and what would be in it."""
        op = self._op("book_order")
        data = {"order": documents.order_data(order), "key": self._short(key), "full_key": key}
        content = self._mapper.content(op, data)
        text = content.decode(self._options["encoding"] if op["format"] == "csv" else "utf-8")
        return f"{op['folder']}/{file_name(op, key)}\n\n{text}"

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        data = {"order": documents.order_data(order)}
        return self._write("book_order", data, key, documents.personal(order))

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "refund": documents.refund_data(order, refund),
        }
        return self._write("book_refund", data, key, documents.personal(order))

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        data = {"request": documents.request_data(request)}
        return self._write("request_fulfilment", data, key, documents.personal(request))

    def _update_order(self, order: Order, booked_key: str, key: str) -> RemoteDocument:
        data = {"order": documents.order_data(order), "booked_key": self._short(booked_key)}
        return self._write("update_order", data, key, documents.personal(order))

    def _cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        data = {
            "order": documents.order_data(order),
            "booked_key": self._short(booked_key),
            "lines": documents.lines_data(lines),
        }
        name = "cancel_lines" if lines else "cancel_order"
        return self._cancelled(name, data, key, documents.personal(order))

    def _cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        data = {"request": documents.request_data(request), "booked_key": self._short(request_key)}
        return self._cancelled("cancel_request", data, key, documents.personal(request))

    def _reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        """What was never booked need not be taken back."""
        if self.find("refund", refund_key) is None:
            return Cancelled("cancelled", "there was no credit")
        data = {
            "order": documents.order_data(order),
            "refund": documents.refund_data(order, refund),
            "booked_key": self._short(refund_key),
        }
        return self._cancelled("reverse_refund", data, key, documents.personal(order))

    def _cancelled(self, name: str, data: Data, key: str, private: Sequence[str]) -> Cancelled:
        """Done when they say so; where nobody says anything, as `unanswered` has it."""
        op = self._op(name)
        try:
            document = self._write(name, data, key, private)
        except TooLate as error:
            return Cancelled("too_late", error.reason)
        answers = self._said(op)["kind"] == "file" and self._said(op)["format"] != "none"
        return Cancelled("cancelled" if answers else op["unanswered"], document=document)

    def _book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "return": documents.return_data(back),
            "booked_key": self._short(booked_key),
        }
        return self._write("book_return", data, key, documents.personal(order))

    def _book_payment(
        self, order: Order, payment: Payment, booked_key: str, key: str
    ) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "payment": documents.payment_data(payment),
            "booked_key": self._short(booked_key),
        }
        return self._write("book_payment", data, key, documents.personal(order))

    def _post_journal(self, entry: JournalEntry, key: str) -> RemoteDocument:
        return self._write("post_journal", {"entry": documents.journal_data(entry)}, key, ())

    def _page(self, inbox: Inbox, cursor: str) -> Page[Any]:
        page = inbox.page(cursor)
        spot = read_spot(cursor)
        if not page.more and spot:
            self._tidy.folder(f"{inbox.work}/log/{inbox.feed}", spot.day)
            for what in ("seen", "twice"):
                self._tidy.files(f"{inbox.work}/{what}/{inbox.feed}")
        return page

    def _write(self, name: str, data: Data, key: str, private: Sequence[str]) -> RemoteDocument:
        """The file under `key` is out and acknowledged, or an error says how it stands."""
        op = self._op(name)
        acks = self._acks(op)
        data = {**data, "key": self._short(key), "full_key": key}
        file = file_name(op, key)
        known = self._outbox.receipt(file)
        if known and known.fate == "refused":
            acks.put_away(known)
        content = partial(self._mapper.content, op, data)
        receipt, existed = self._outbox.send(key, file, op["folder"], content)
        if receipt.fate == "overdue":
            receipt = acks.look(receipt, private)
            if receipt.fate == "overdue":
                receipt = self._outbox.wait_again(receipt)
        self._tidy.folder(f"{self._options['work_folder']}/archive/sent")
        return self._answered(op, acks.wait(receipt, private), existed=existed)

    def _answered(
        self, op: Mapping[str, Any], receipt: Receipt, *, existed: bool
    ) -> RemoteDocument:
        if receipt.fate == "accepted":
            return _document(receipt, existed=existed)
        if receipt.fate == "too_late":
            raise TooLate(receipt.words)
        if receipt.fate == "refused":
            if receipt.unknown:
                raise MappingMissing("sku", receipt.unknown)
            raise RejectedError(f"it refused {receipt.name}: {receipt.words}")
        acks = self._acks(op)
        if acks.is_overdue(receipt):
            self._outbox.settle(receipt, "overdue")
            raise RejectedError(
                f"{receipt.name} was not acknowledged within {acks.said['timeout_minutes']} minutes"
                f"; is their import running? If the file was lost there, remove "
                f"{self._outbox.receipt_path(receipt)} and retry: it is then written anew",
                code="not_acknowledged",
            )
        age = self._place.now() - receipt.sent_at
        raise NotYet(
            f"{receipt.name} is not acknowledged yet", again=min(max(age / 4, SOONEST), LATEST)
        )

    def _acks(self, op: Mapping[str, Any]) -> Acknowledgements:
        return Acknowledgements(self._said(op), self._outbox, self._mapper)

    def _said(self, op: Mapping[str, Any]) -> Mapping[str, Any]:
        """How an operation's files are acknowledged: its own way, or that of all."""
        return cast(
            Mapping[str, Any], op.get("acknowledgement") or self._options["acknowledgement"]
        )


def _document(receipt: Receipt, *, existed: bool) -> RemoteDocument:
    number = receipt.number or receipt.stem
    complete = receipt.fate == "accepted"
    return RemoteDocument(receipt.stem[:255], number[:255], existed, complete)


def build(settings: ConnectionSettings) -> FilesConnector:
    """The connector for one configured connection. The options are checked again."""
    options = loaded(settings.options)
    expressions = Expressions(formats_of(options), options["tables"])
    place = place_of(settings, options)
    return FilesConnector(place, FileMapper(options, expressions), options, settings.roles)
