"""A described system as a connector: it has the methods that the settings describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from causeway.canonical import (
    FulfilmentRequest,
    JournalEntry,
    Money,
    Order,
    Payment,
    Refund,
    Return,
)
from causeway.connectors.base import (
    BookedOrder,
    Cancelled,
    Check,
    ConnectionSettings,
    DocumentKind,
    Hint,
    LineQuantity,
    RemoteDocument,
    Role,
)
from causeway.connectors.described import abilities, documents
from causeway.connectors.described.encoding import readable
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.described.operations import Described
from causeway.connectors.described.rows import SHAPES, Feed, RowReader
from causeway.connectors.described.schema import formats_of, wording_of
from causeway.connectors.rest.client import Answer, Call, RestClient
from causeway.connectors.rest.feeds import FeedReader
from causeway.connectors.rest.mapper import RestMapper
from causeway.connectors.rest.options import loaded
from causeway.connectors.rest.refusals import NotThere, Refusals
from causeway.connectors.rest.webhooks import hints
from causeway.connectors.single import SingleFlight
from causeway.errors import ConnectorError, RejectedError, TooLate, UnknownOutcome

Data = dict[str, Any]


class RestConnector(Described):
    """Keeps of the promises in `base` those that its settings describe.

    `book_order`, `book_refund` and `request_fulfilment` are always there, because a role calls
    them: what is not described is refused, in words, and so becomes a case.
    """

    kind: ClassVar[str] = "rest"
    subscribes: ClassVar[bool] = False

    def __init__(
        self,
        client: RestClient,
        mapper: RestMapper,
        options: Mapping[str, Any],
        roles: Sequence[Role],
        webhook_secret: str = "",
    ) -> None:
        self._client, self._mapper, self._options, self._roles = client, mapper, options, roles
        self._webhook_secret = webhook_secret
        self._single = SingleFlight()
        self.capabilities = abilities.capabilities(
            roles,
            options["write"],
            options["read"],
            unique_key=options["unique_key"],
            max_key_length=options["max_key_length"],
        )
        if options.get("webhooks"):
            self.capabilities = replace(self.capabilities, webhooks=True)
            self.verify_webhook = self._verify_webhook
            self.renew_subscriptions = self._renew_subscriptions
        if options.get("booked"):
            self.capabilities = replace(self.capabilities, reads_orders=True)
            self.read_order = self._read_order
        self._take_writes()
        self._take_feeds()

    def _take_feeds(self) -> None:
        for feed, op in self._options["read"].items():
            known = cast(Feed, feed)
            rows = RowReader(SHAPES[known], wording_of(op), self._mapper.expressions)
            reader = FeedReader(op, rows, self._client, self._mapper)
            setattr(self, f"read_{feed}", partial(reader.page))

    def check(self) -> Check:
        described = [*self._options["write"], *self._options["read"]]
        problems = [*abilities.lacking(self._roles, described), *self._answers()]
        if problems:
            return Check(False, "The described system cannot be used as it is", tuple(problems))
        return Check(
            True, f"The described system answers. {abilities.in_words(self._roles, described)}"
        )

    def _answers(self) -> tuple[str, ...]:
        """What is wrong with address and credentials, by the most harmless question there is."""
        op = self._options.get("check")
        try:
            if op:
                answer = self._client.exchange(self._mapper.call(op, {}, reading=True))
                if op["expect"] and not self._mapper.expressions.find(op["expect"], answer.data):
                    return ("what answers there is not what check.expect asks for",)
            elif self._options["find"]:
                self.find(next(iter(self._options["find"])), "causeway:check:0")
            elif self._options["read"]:
                getattr(self, f"read_{next(iter(self._options['read']))}")("")
            else:
                return ("nothing is described that could be asked; describe check",)
        except ConnectorError as error:
            return (error.reason,)
        return ()

    def _verify_webhook(self, headers: Mapping[str, str], body: bytes) -> tuple[Hint, ...]:
        said, read = self._options["webhooks"], self._client.data_of
        return hints(said, self._webhook_secret, headers, body, read, self._mapper.expressions)

    def _renew_subscriptions(self, address: str) -> None:
        """People subscribe at their side, once; nothing of it is described."""

    def _read_order(self, link: str) -> BookedOrder | None:
        op = self._options["booked"]
        try:
            answer = self._client.exchange(self._mapper.call(op, {"link": link}, reading=True))
        except NotThere:
            return None
        return self._mapper.booked_order(op, answer.data)

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        found = self._found(kind, key)
        return replace(found[0], existed=True) if found else None

    def _found(
        self, kind: DocumentKind, key: str, private: Sequence[str] = ()
    ) -> tuple[RemoteDocument, Any] | None:
        op = self._options["find"].get(kind)
        if op is None:
            return None
        short = self._short(key)
        call = self._mapper.call(op, {"key": short, "full_key": key}, reading=True, private=private)
        try:
            answer = self._client.exchange(call)
        except NotThere:
            return None
        found = self._mapper.document(op, answer.data)
        if found and not self._mapper.is_under(op, found[1], short):
            raise RejectedError(
                f"what it finds under a {kind}'s key is another document; check find.{kind}",
                code="settings",
            )
        return found

    def preview_order(self, order: Order, key: str) -> str:
        """The request; what a lookup would find is not there."""
        data = {"order": documents.order_data(order), "key": self._short(key), "full_key": key}
        call = self._mapper.call(self._op("book_order"), data, reading=False, key=self._short(key))
        query = f"?{urlencode(call.query)}" if call.query else ""
        head = [f"{name}: {value}" for name, value in call.headers.items()]
        body = (call.body or b"").decode("utf-8", "replace")
        if call.encoding == "json" and body:
            body = readable(body.encode())
        return "\n".join([f"{call.method} {call.path}{query}", *head, "", body])

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        data = {"order": documents.order_data(order)}
        return self._create("book_order", data, key, documents.personal(order), order.total)

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "refund": documents.refund_data(order, refund),
        }
        return self._create("book_refund", data, key, documents.personal(order), refund.total)

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        data = {"request": documents.request_data(request)}
        return self._create("request_fulfilment", data, key, documents.personal(request))

    def _update_order(self, order: Order, booked_key: str, key: str) -> RemoteDocument:
        data = {"order": documents.order_data(order), "booked_key": self._short(booked_key)}
        private, op = documents.personal(order), self._op("update_order")
        answer = self._send(op, data, key, private, ("order", booked_key))
        return self._made(op, answer, order.total)[0]

    def _cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        data = {
            "order": documents.order_data(order),
            "booked_key": self._short(booked_key),
            "lines": documents.lines_data(lines),
        }
        op, private = (
            self._op("cancel_lines" if lines else "cancel_order"),
            documents.personal(order),
        )
        return self._cancelled(op, data, key, private, ("order", booked_key))

    def _cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        data = {"request": documents.request_data(request), "booked_key": self._short(request_key)}
        private = documents.personal(request)
        return self._cancelled(
            self._op("cancel_request"), data, key, private, ("request", request_key)
        )

    def _reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        """What was never booked need not be taken back."""
        op, private = self._op("reverse_refund"), documents.personal(order)
        if self._found("refund", refund_key, private) is None:
            return Cancelled("cancelled", "there was no credit")
        data = {
            "order": documents.order_data(order),
            "refund": documents.refund_data(order, refund),
            "booked_key": self._short(refund_key),
        }
        return self._cancelled(op, data, key, private, ("refund", refund_key))

    def _cancelled(
        self,
        op: Mapping[str, Any],
        data: Data,
        key: str,
        private: Sequence[str],
        booked: tuple[DocumentKind, str],
    ) -> Cancelled:
        """Goods that left are an answer and no error."""
        try:
            answer = self._send(op, data, key, private, booked)
        except TooLate as error:
            return Cancelled("too_late", error.reason)
        made = self._mapper.document(op, answer.data)
        result = self._mapper.expressions.text(op["result"], answer.data) or "cancelled"
        if result not in ("cancelled", "asked", "too_late"):
            raise UnknownOutcome("what its answer says of a cancellation is no result of ours")
        return Cancelled(cast(Any, result), document=made[0] if made else None)

    def _book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "return": documents.return_data(back),
            "booked_key": self._short(booked_key),
        }
        private = documents.personal(order)
        return self._create("book_return", data, key, private, booked=("order", booked_key))

    def _book_payment(
        self, order: Order, payment: Payment, booked_key: str, key: str
    ) -> RemoteDocument:
        data = {
            "order": documents.order_data(order),
            "payment": documents.payment_data(payment),
            "booked_key": self._short(booked_key),
        }
        private = documents.personal(order)
        return self._create("book_payment", data, key, private, booked=("order", booked_key))

    def _post_journal(self, entry: JournalEntry, key: str) -> RemoteDocument:
        return self._create("post_journal", {"entry": documents.journal_data(entry)}, key, ())

    def _create(
        self,
        name: str,
        data: Data,
        key: str,
        private: Sequence[str],
        total: Money | None = None,
        booked: tuple[DocumentKind, str] | None = None,
    ) -> RemoteDocument:
        """The document under `key`: what is there is adopted, and finished where it is half made.

        A system that does not itself refuse a second one is asked first.
        """
        op, kind = self._op(name), abilities.WRITES[name]
        with self._single.alone(f"{kind}:{key}"):
            if not self._options["unique_key"]:
                known = self._found(kind, key, private)
                if known and known[0].complete:
                    return replace(known[0], existed=True)
            answer = self._send(op, data, key, private, booked)
            if answer.judged.existed:
                return self._adopted(op, answer, kind, key)
            document, found = self._made(op, answer, total)
            if not self._mapper.is_under(op, found, self._short(key)):
                raise UnknownOutcome("its answer to a write is about another document")
            return document

    def _adopted(
        self, op: Mapping[str, Any], answer: Answer, kind: DocumentKind, key: str
    ) -> RemoteDocument:
        """The document that a refusal to make a second one brings along, or that is looked up."""
        where = answer.judged.document
        brought = self._mapper.document({**op, "document": where}, answer.data) if where else None
        if brought and not self._mapper.is_under(op, brought[1], self._short(key)):
            brought = None
        found = brought or self._found(kind, key)
        if found is None:
            raise UnknownOutcome("it says that it has that already, and does not find it")
        return replace(found[0], existed=True)

    def _made(
        self, op: Mapping[str, Any], answer: Answer, total: Money | None
    ) -> tuple[RemoteDocument, Any]:
        made = self._mapper.document(op, answer.data)
        if made is None:
            raise UnknownOutcome("its answer to a write does not say what was made")
        if total is not None:
            self._mapper.check_total(op, made[1], total)
        return made

    def _send(
        self,
        op: Mapping[str, Any],
        data: Data,
        key: str,
        private: Sequence[str],
        booked: tuple[DocumentKind, str] | None = None,
    ) -> Answer:
        """Look up what the operation needs, then do it."""
        short = self._short(key)
        data = {**data, "key": short, "full_key": key}
        if op.get("lookup"):
            data["found"] = self._looked_up(op["lookup"], data, private)
        elif op["finds_booked"] and booked:
            found = self._found(*booked, private)
            if found is None:
                raise RejectedError(f"the {booked[0]} is not booked there", code="unknown_order")
            data["found"] = found[1]
        call: Call = self._mapper.call(op, data, reading=False, private=private, key=short)
        return self._client.exchange(call)

    def _looked_up(self, lookup: Mapping[str, Any], data: Data, private: Sequence[str]) -> Any:
        call = self._mapper.call(lookup, data, reading=True, private=private)
        refused = RejectedError("what it belongs to is not booked there", code=lookup["missing"])
        try:
            answer = self._client.exchange(call)
        except NotThere as error:
            raise refused from error
        found = self._mapper.expressions.find(lookup["document"], answer.data)
        if found is None or found in ([], {}, ""):
            raise refused
        return found


def build(settings: ConnectionSettings) -> RestConnector:
    """The connector for one configured connection. The options are checked again."""
    options = loaded(settings.options)
    expressions = Expressions(formats_of(options), options["tables"])
    header = options["retry_after_header"]
    refusals = Refusals(options["errors"], options["message"], header, expressions)
    client = RestClient(settings, options, refusals)
    mapper = RestMapper(expressions, options["idempotency_header"])
    return RestConnector(client, mapper, options, settings.roles, settings.webhook_secret)
