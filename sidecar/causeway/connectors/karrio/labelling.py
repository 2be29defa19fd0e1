"""Buying an order's label, once. It costs money, and karrio keeps nobody from buying two.

A draft with its rates costs nothing; it is found again through the order it is tied to. Before the
purchase the draft says since when it is being bought: while a purchase whose answer was lost may be
under way there, it is not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from causeway.canonical import FulfilmentRequest
from causeway.connectors.karrio import mapper
from causeway.connectors.karrio.choosing import choose, rule_for
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.options import KarrioOptions
from causeway.connectors.karrio.refusals import carriers_refusal, without
from causeway.errors import RejectedError, RetryableError, TooLate

# Rates older than this are asked for anew.
FRESH = timedelta(hours=1)
_OVER = frozenset({"fulfilled", "partial", "delivered", "cancelled"})


def utc_now() -> datetime:
    return datetime.now(UTC)


class Labelling:
    def __init__(
        self, client: KarrioClient, options: KarrioOptions, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._options = options
        self._now = now

    def is_done(self, order: Record) -> bool:
        """Whether nothing is to be bought for it: it has a label, or wants none any more."""
        return order["status"] in _OVER or bool(_bought(order))

    def buy(self, request: FulfilmentRequest, key: str, order: Record) -> None:
        """See to it that the order has its label.

        Raises RetryableError while it is not known whether one is being bought.
        """
        if self.is_done(order):
            return
        try:
            self._buy(request, key, order)
        except RejectedError as error:
            words = without(error.reason, request.recipient)
            raise RejectedError(words, code=error.code, status=error.status) from error

    def _buy(self, request: FulfilmentRequest, key: str, order: Record) -> None:
        drafts = _ours(order, key)
        draft = self._resumed(drafts)
        if draft is None:
            body = mapper.draft_to_json(request, key, order, self._options, self._now())
            draft = self._client.create_shipment(body)
        rates = mapper.rates_of(draft)
        if not rates and draft.get("messages"):
            self._client.cancel_shipment(str(draft["id"]))
            raise carriers_refusal(draft["messages"])
        country = request.recipient.country.upper()
        rate = choose(rates, rule_for(self._options, request.shipping_method, country))
        self._purchase(str(draft["id"]), rate.id)

    def _purchase(self, shipment_id: str, rate_id: str) -> None:
        try:
            self._client.purchase(shipment_id, rate_id, self._options.label_type)
        except TooLate as error:  # somebody bought it meanwhile, or gave it up
            (now,) = self._client.shipments_by_id([shipment_id]) or [{}]
            if now.get("status") not in mapper.BOUGHT:
                raise RetryableError(f"its draft changed meanwhile: {error.reason}") from error

    def _resumed(self, drafts: Sequence[Record]) -> Record | None:
        """The draft of an interrupted attempt that is to be gone on with; the others are given up.

        Raises RetryableError while one of them may be being bought.
        """
        now, wait = self._now(), timedelta(seconds=self._options.purchase_wait_seconds)
        for draft in drafts:
            begun = _begun(draft)
            if begun is not None and timedelta(0) <= now - begun < wait:
                left = (wait - (now - begun)).total_seconds()
                raise RetryableError(
                    "its label may be being bought this very moment", retry_after=left
                )
        fresh = [draft for draft in drafts if now - mapper.time_of(draft["created_at"]) < FRESH]
        for draft in drafts:
            if draft not in fresh[:1]:
                self._client.cancel_shipment(str(draft["id"]))
        if not fresh:
            return None
        draft = fresh[0]
        self._client.note(str(draft["id"]), {mapper.BUYING: now.isoformat()})
        return draft


def _ours(order: Record, key: str) -> list[Record]:
    """Drafts made here for it, the oldest first; a person's own are left to them."""
    found = [
        shipment for shipment in order.get("shipments") or []
        if shipment["status"] == mapper.DRAFT and mapper.key_of(shipment) == key
    ]  # fmt: skip
    return sorted(found, key=lambda shipment: (str(shipment["created_at"]), str(shipment["id"])))


def _bought(order: Record) -> list[Record]:
    return [one for one in order.get("shipments") or [] if one["status"] in mapper.BOUGHT]


def _begun(draft: Record) -> datetime | None:
    text = str((draft.get("metadata") or {}).get(mapper.BUYING) or "")
    try:
        return mapper.time_of(text) if text else None
    except ValueError:
        return None
