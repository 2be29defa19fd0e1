"""Orders at karrio: one under each delivery's key, which its database sees to."""

from __future__ import annotations

from causeway.canonical import FulfilmentRequest
from causeway.connectors.karrio import mapper
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.keys import reference
from causeway.connectors.karrio.options import KarrioOptions
from causeway.errors import RejectedError, RetryableError

_BAD_TELEPHONE = "phone_number"


class Ordering:
    def __init__(self, client: KarrioClient, options: KarrioOptions) -> None:
        self._client = client
        self._options = options

    def find(self, key: str) -> Record | None:
        """The order under `key`; one that lives before one that was cancelled."""
        found = self._client.orders(reference(key), self._options.source)
        ours = [order for order in found if mapper.key_of(order) == key]
        if found and not ours:
            raise RejectedError(
                f"order {reference(key)} there is not ours, though it has our number; set another"
                " `source` in the connection's options",
                code="number_taken",
            )
        ours.sort(key=lambda order: order["status"] == mapper.CANCELLED)
        return ours[0] if ours else None

    def place(self, request: FulfilmentRequest, key: str) -> tuple[Record, bool]:
        """The order under `key`, and whether it stood there before.

        karrio lets a number be used again once its order was delivered or cancelled, so it is
        looked for first; who is faster than this is found by karrio's refusal.
        """
        found = self.find(key)
        if found is not None:
            return found, True
        made = self._create(mapper.order_to_json(request, key, self._options))
        if made is not None:
            return made, False
        found = self.find(key)
        if found is None:
            raise RetryableError("somebody else is making this very order there")
        return found, True

    def _create(self, body: Record) -> Record | None:
        """A telephone number that karrio cannot read does not stop a parcel."""
        try:
            return self._client.create_order(body)
        except RejectedError as error:
            if _BAD_TELEPHONE not in error.reason:
                raise
            return self._client.create_order(mapper.without_telephone(body, "shipping_to"))
