"""Customers without an account: one at the block checkout (Store API), one at the classic form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

ADDRESS: Mapping[str, str] = {
    "first_name": "Erika",
    "last_name": "Mustermann",
    "company": "",
    "address_1": "Hauptstr. 1",
    "address_2": "",
    "city": "Berlin",
    "state": "DE-BE",
    "postcode": "10115",
    "country": "DE",
    "phone": "+49 30 1234567",
}
EMAIL = "erika@example.org"
SECONDS = 60
NONCE = re.compile(r'name="woocommerce-process-checkout-nonce" value="([0-9a-f]+)"')
ORDER_RECEIVED = re.compile(r"/order-received/(\d+)/")


class Refused(Exception):
    """The shop did not take what the guest wanted; the text is its answer."""


class StoreApiGuest:
    """Does over HTTP what the block checkout does in a browser."""

    def __init__(self, url: str) -> None:
        self._base = f"{url}/wp-json/wc/store/v1"
        self.http = requests.Session()
        self.http.headers["Cart-Token"] = self._call("GET", "/cart").headers["Cart-Token"]

    def add(self, product_id: int, quantity: int = 1) -> None:
        self._call("POST", "/cart/add-item", {"id": product_id, "quantity": quantity})

    def checkout(self, *, email: str = EMAIL, payment_method: str = "cod", note: str = "",
                 **address: str) -> dict[str, Any]:  # fmt: skip
        """Place the order; the answer of the Store API (order_id, order_key, status, …)."""
        where = {**ADDRESS, **address}
        body = {
            "billing_address": {**where, "email": email},
            "shipping_address": where,
            "payment_method": payment_method,
            "customer_note": note,
        }
        found: dict[str, Any] = self._call("POST", "/checkout", body).json()
        return found

    def _call(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = self.http.request(method, f"{self._base}{path}", json=body, timeout=SECONDS)
        if not answer.ok:
            raise Refused(f"{method} {path} → {answer.status_code}: {answer.text[:1000]}")
        return answer


class ClassicGuest:
    """Does over HTTP what the form of `[woocommerce_checkout]` does in a browser."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.http = requests.Session()

    def add(self, product: Mapping[str, Any], quantity: int = 1) -> None:
        """`product` as Shop.product() tells it: variations go by their parent and attributes."""
        fields = {"add-to-cart": product["id"], "quantity": quantity}
        if "parent" in product:
            fields |= {"add-to-cart": product["parent"], "variation_id": product["id"]}
            fields |= product["attributes"]
        self._said(self.http.post(f"{self._url}/", data=fields, timeout=SECONDS))

    def checkout(self, *, email: str = EMAIL, payment_method: str = "cod", note: str = "",
                 **address: str) -> int:  # fmt: skip
        """Place the order; its id."""
        page = self._said(self.http.get(f"{self._url}/classic-checkout/", timeout=SECONDS))
        nonce = NONCE.search(page.text)
        if not nonce:
            raise Refused("the classic checkout shows no form; is the cart empty?")
        where = {**ADDRESS, **address, "email": email}
        fields = {f"billing_{name}": value for name, value in where.items()}
        fields |= {
            "payment_method": payment_method,
            "order_comments": note,
            "woocommerce-process-checkout-nonce": nonce[1],
            "_wp_http_referer": "/classic-checkout/",
        }
        answer = self._said(
            self.http.post(
                f"{self._url}/", params={"wc-ajax": "checkout"}, data=fields, timeout=SECONDS
            )
        )
        return _order_id(answer)

    def _said(self, answer: requests.Response) -> requests.Response:
        if not answer.ok:
            path = urlsplit(answer.url).path
            raise Refused(f"{path} → {answer.status_code}: {answer.text[:1000]}")
        return answer


def _order_id(answer: requests.Response) -> int:
    try:
        body = answer.json()
    except ValueError:
        raise Refused(f"the checkout answered no JSON: {answer.text[:1000]}") from None
    found = ORDER_RECEIVED.search(str(body.get("redirect", "")))
    if body.get("result") != "success" or not found:
        raise Refused(f"the checkout refused: {body}")
    return int(found[1])
