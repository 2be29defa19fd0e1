"""karrio's REST API, with the rights of the account whose token is given."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import requests

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.http import HttpClient
from causeway.connectors.karrio.refusals import DUPLICATE, refusal
from causeway.errors import RejectedError, UnknownOutcome

Record = dict[str, Any]
_JSON = {"Content-Type": "application/json"}


class KarrioClient(HttpClient):
    """Records in, records out; amounts are read as Decimal. Raises `causeway.errors` only."""

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(
            settings.url,
            headers={"Authorization": f"Token {settings.token}", "Accept": "application/json"},
            timeout_seconds=settings.timeout_seconds,
            concurrency=settings.concurrency,
        )

    def orders(self, number: str, source: str) -> list[Record]:
        """Orders under this number of the source's; several only where one was cancelled."""
        return self._list("/v1/orders", {"order_id": number, "source": source})

    def orders_by_id(self, ids: Sequence[str]) -> list[Record]:
        return self._list("/v1/orders", {"id": ",".join(ids), "limit": len(ids)}) if ids else []

    def order(self, order_id: str) -> Record:
        return self._read(self.request("GET", f"/v1/orders/{order_id}"))

    def create_order(self, body: Record) -> Record | None:
        """The new order; None where one under its number stands already."""
        try:
            return self._write("POST", "/v1/orders", body)
        except RejectedError as error:
            if error.code == DUPLICATE:
                return None
            raise

    def cancel_order(self, order_id: str) -> Record:
        return self._write("POST", f"/v1/orders/{order_id}/cancel", {})

    def shipments(self, since: datetime, limit: int, offset: int) -> tuple[list[Record], int]:
        """Shipments of any status made from `since` on, newest first, without their labels, and
        how many there are in all.
        """
        params = {"created_after": since.isoformat(), "limit": limit, "offset": offset}
        found = self._read(self.request("GET", "/v1/shipments", params=params))
        rows, count = found.get("results"), found.get("count")
        if not isinstance(rows, list) or not isinstance(count, int):
            raise _not_karrio()
        return rows, count

    def shipments_by_id(self, ids: Sequence[str]) -> list[Record]:
        return self._list("/v1/shipments", {"id": ",".join(ids), "limit": len(ids)}) if ids else []

    def create_shipment(self, body: Record) -> Record:
        """A draft with the rates its carriers offer."""
        return self._write("POST", "/v1/shipments", body)

    def note(self, shipment_id: str, metadata: Mapping[str, str]) -> Record:
        """Add to the shipment's metadata."""
        return self._write("PUT", f"/v1/shipments/{shipment_id}", {"metadata": dict(metadata)})

    def purchase(self, shipment_id: str, rate_id: str, label_type: str) -> Record:
        body = {"selected_rate_id": rate_id, "label_type": label_type}
        return self._write("POST", f"/v1/shipments/{shipment_id}/purchase", body)

    def cancel_shipment(self, shipment_id: str) -> Record:
        """Give up a draft, or void a label; cancelled again is cancelled."""
        return self._write("POST", f"/v1/shipments/{shipment_id}/cancel", {})

    def label(self, shipment_id: str) -> bytes:
        """The label's bytes. It is asked for by POST and changes nothing."""
        found = self._write("POST", f"/v1/shipments/{shipment_id}/documents/label", {})
        try:
            return base64.b64decode(str(found["base64"] or ""), validate=True)
        except (KeyError, binascii.Error, ValueError) as error:
            raise RejectedError("its label cannot be read", code="bad_label") from error

    def carriers(self) -> list[Record]:
        """The carrier connections of this account, in the token's mode, live or test."""
        return self._list("/v1/connections", {"limit": 100})

    def webhooks(self) -> list[Record]:
        return self._list("/v1/webhooks", {"limit": 100})

    def create_webhook(self, body: Record) -> Record:
        return self._write("POST", "/v1/webhooks", body)

    def change_webhook(self, webhook_id: str, body: Record) -> Record:
        return self._write("PATCH", f"/v1/webhooks/{webhook_id}", body)

    def version(self) -> str:
        """Karrio's own version, told to anybody."""
        return str(self._read(self.request("GET", "/")).get("VERSION") or "of unknown version")

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """As HttpClient's; what karrio and its carriers refuse is raised."""
        response = super().request(method, path, **kwargs)
        failure = refusal(response)
        if failure is not None:
            raise failure
        return response

    def _list(self, path: str, params: Mapping[str, str | int]) -> list[Record]:
        found = self._read(self.request("GET", path, params=dict(params))).get("results")
        if not isinstance(found, list):
            raise _not_karrio()
        return found

    def _write(self, method: str, path: str, body: Record) -> Record:
        response = self.request(method, path, data=orjson.dumps(body), headers=_JSON)
        try:
            return self._read(response)
        except RejectedError as error:
            raise UnknownOutcome("its answer to a write makes no sense") from error

    def _read(self, response: requests.Response) -> Record:
        try:
            found = json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise _not_karrio() from error
        if not isinstance(found, dict):
            raise _not_karrio()
        return found


def _not_karrio() -> RejectedError:
    return RejectedError("what answers is not karrio's API; check the address", code="not_karrio")
