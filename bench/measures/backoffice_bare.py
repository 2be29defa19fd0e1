"""Clients that write what Causeway writes and do no more than that needs: no keys, no checks, no
second looks, no repeats but of what the office gave up.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests

from causeway.connectors.tryton.rpc import TrytonRpc
from causeway.connectors.tryton.wire import packed, written
from tests.real.odoo_books import OdooBooks
from tests.real.tryton_books import CONTEXT, TrytonBooks

ON_HAND = 50.0
CREATED, COUNTED = 50, 500
TRIES = 5
TODAY = datetime.now(UTC).date()


class _Bare:
    """A session for each thread, and how many requests an order took."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url, self._headers = url, headers
        self._local = threading.local()

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = self._local.session = requests.Session()
            session.trust_env = False
            session.headers.update(self._headers)
        found: requests.Session = self._local.session
        return found


class BareOdoo(_Bare):
    """Products, buyer, order, total, confirm."""

    def __init__(self, books: OdooBooks, url: str, token: str) -> None:
        super().__init__(url, {"Authorization": f"bearer {token}"})
        self._books = books
        (tax,) = books.client.search("account.tax", [["name", "=", "VAT 19"]], ("id",))
        (germany,) = books.client.search("res.country", [["code", "=", "DE"]], ("id",))
        (home,) = books.client.search("stock.warehouse", [["code", "=", "WH"]], ("company_id",))
        (prices,) = books.client.search("product.pricelist", [["name", "=", "Web EUR"]], ("id",))
        self._tax, self._country, self._prices = tax["id"], germany["id"], prices["id"]
        self._warehouse, self._company = home["id"], home["company_id"][0]

    def book(self, key: str) -> int:
        (mug, _) = self._call(
            "product.product", "search_read", fields=["default_code", "uom_id"],
            domain=[["default_code", "in", ["MUG-01", "ROUNDING"]]],
        )  # fmt: skip
        name, mail = f"bare.{key}", f"{key}@example.org"
        columns = ["id", "name", "ref", "type", "is_company", "email", "phone", "vat",
                   "parent_id/id", "street", "street2", "zip", "city", "country_id/.id",
                   "state_id/.id"]  # fmt: skip
        home = ["Hauptstr. 1", "", "10115", "Berlin", str(self._country), ""]
        who, phone, nobody = "Erika Mustermann", "+49 30 1", [""] * 6
        people = self._call(
            "res.partner", "load", fields=columns,
            data=[[f"{name}_p", who, key, "contact", "0", mail, phone, "", "", *nobody],
                  [f"{name}_i", who, key, "invoice", "", "", phone, "", f"{name}_p", *home],
                  [f"{name}_d", who, key, "delivery", "", "", phone, "", f"{name}_p", *home]],
        )["ids"]  # fmt: skip
        row = {
            "id": name, "partner_id/.id": people[0], "partner_invoice_id/.id": people[1],
            "partner_shipping_id/.id": people[2], "client_order_ref": key, "note": "",
            "company_id/.id": self._company, "warehouse_id/.id": self._warehouse, "origin": key,
            "date_order": "2026-11-02 09:00:00", "pricelist_id/.id": self._prices,
            "order_line/id": f"{name}_1", "order_line/product_id/.id": mug["id"],
            "order_line/product_uom_qty": "2", "order_line/price_unit": "12.5",
            "order_line/discount": "0", "order_line/tax_ids/.id": self._tax,
            "order_line/name": "Mug", "order_line/sequence": "1",
        }  # fmt: skip
        data = [[str(value) for value in row.values()]]
        (order,) = self._call("sale.order", "load", fields=list(row), data=data)["ids"]
        (read,) = self._call("sale.order", "read", ids=[order], fields=["amount_total", "state"])
        assert read["amount_total"] == 29.75, read
        self._confirm(order)
        return 5

    def stock_up(self, number: int) -> list[str]:
        skus = [f"MASS-{n}" for n in range(number)]
        (place,) = self._books.client.search(
            "stock.warehouse", [["code", "=", "WH"]], ("lot_stock_id",)
        )
        for start in range(0, number, 500):
            block = skus[start : start + 500]
            made = self._books.client.call(
                "product.product", "create",
                vals_list=[{"name": sku, "default_code": sku, "is_storable": True}
                           for sku in block],
            )  # fmt: skip
            quants = self._books.client.call(
                "stock.quant", "create", context={"inventory_mode": True},
                vals_list=[{"product_id": product, "location_id": place["lot_stock_id"][0],
                            "inventory_quantity": ON_HAND} for product in made],
            )  # fmt: skip
            self._books.client.call("stock.quant", "action_apply_inventory", quants)
        return skus

    def _confirm(self, order: int) -> None:
        """Of four at once that want the same product Odoo gives up one now and then."""
        for _ in range(TRIES - 1):
            try:
                self._call("sale.order", "action_confirm", ids=[order])
            except requests.HTTPError as error:
                if error.response.status_code != 500:
                    raise
            else:
                return
        self._call("sale.order", "action_confirm", ids=[order])

    def _call(self, model: str, method: str, **body: Any) -> Any:
        answer = self._session().post(f"{self._url}/json/2/{model}/{method}", json=body)
        answer.raise_for_status()
        return answer.json()


class BareTryton(_Bare):
    """Product, buyer looked for and made with the address, sale, quote, confirm, state."""

    def __init__(self, books: TrytonBooks, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "X-Tryton-Context": packed(CONTEXT),
                   "Content-Type": "application/json"}  # fmt: skip
        super().__init__(f"{url}/erp/rest/model", headers)
        self._books = books
        find = books.client.search
        (self._tax,) = find("account.tax", [["name", "=", "VAT 19"]], ("id",))
        (self._country,) = find("country.country", [["code", "=", "DE"]], ("id",))
        (self._shop,) = find("web.shop", [], ("id",))
        (self._currency,) = find("currency.currency", [["code", "=", "EUR"]], ("id",))
        (self._category,) = find("product.category", [["name", "=", "Goods"]], ("id",))
        server = books.server
        self._rpc = TrytonRpc(server.url, server.database, "admin", server.password,
                              timeout_seconds=600)  # fmt: skip
        (self._place,) = find("stock.location", [["code", "=", "WH"]], ("id", "storage_location"))
        (self._term,) = find("account.invoice.payment_term", [["name", "=", "Direct"]], ("id",))

    def book(self, key: str) -> int:
        """Under another key where Tryton gave up: its database was waited for too long."""
        for number in range(TRIES - 1):
            try:
                return self._book(f"{key}.{number}")
            except requests.HTTPError as error:
                if error.response.status_code != 503:
                    raise
        return self._book(key)

    def _book(self, key: str) -> int:
        (mug,) = self._get("product.product", [["code", "=", "MUG-01"]], "sale_uom")
        assert not self._get("party.party", [["code", "=", key]])
        address = {
            "party_name": "Erika Mustermann",
            "street_unstructured": "Hauptstr. 1",
            "postal_code": "10115",
            "city": "Berlin",
            "country": self._country["id"],
        }
        contacts = [{"type": "email", "value": f"{key}@example.org"},
                    {"type": "phone", "value": "+49 30 1234567"}]  # fmt: skip
        party = self._send(
            "POST", "party.party",
            {"code": key, "name": "Erika Mustermann", "addresses": [["create", [address]]],
             "contact_mechanisms": [["create", contacts]]}, "addresses",
        )  # fmt: skip
        line = {"product": mug["id"], "unit": mug["sale_uom"], "quantity": 2.0, "sequence": 1,
                "description": "Mug", "unit_price": Decimal("12.5"),
                "taxes": [["add", [self._tax["id"]]]]}  # fmt: skip
        sale = self._send(
            "POST", "sale.sale",
            {"party": party["id"], "invoice_address": party["addresses"][0],
             "shipment_address": party["addresses"][0], "web_shop": self._shop["id"],
             "web_id": key, "company": 1, "currency": self._currency["id"],
             "payment_term": self._term["id"], "warehouse": self._place["id"],
             "reference": key, "description": key, "comment": "", "sale_date": TODAY,
             "shipment_cost_method": None, "lines": [["create", [line]]]}, "total_amount",
        )["id"]  # fmt: skip
        self._send("POST", f"sale.sale/{sale}/quote", {}, "total_amount")
        self._send("POST", f"sale.sale/{sale}/confirm", {}, "state")
        (row,) = self._get("sale.sale", [["id", "=", sale]], "state")
        assert row["state"] == "processing", row
        return 7

    def stock_up(self, number: int) -> list[str]:
        """In blocks, which JSON-RPC takes and REST does not."""
        skus = [f"MASS-{n}" for n in range(number)]
        (unit,) = self._books.client.search("product.uom", [["name", "=", "Unit"]], ("id",))
        for start in range(0, number, CREATED):
            values = [
                {"name": sku, "type": "goods", "salable": True, "default_uom": unit["id"],
                 "sale_uom": unit["id"], "account_category": self._category["id"],
                 "products": [["create", [{"suffix_code": sku}]]]}
                for sku in skus[start : start + CREATED]
            ]  # fmt: skip
            self._rpc.invoke("product.template", "create", [values], CONTEXT)
        self._count_in(number)
        return skus

    def _count_in(self, number: int) -> None:
        found = self._rpc.search(
            "product.product", [["code", "like", "MASS-%"]], ("id",), context=CONTEXT
        )
        ids = [row["id"] for row in found][:number]
        place = self._place["storage_location"]
        for start in range(0, number, COUNTED):
            (inventory,) = self._rpc.invoke(
                "stock.inventory", "create", [[{"location": place, "company": 1}]], CONTEXT
            )
            for first in range(start, min(start + COUNTED, number), CREATED):
                lines = [{"inventory": inventory, "product": product, "quantity": ON_HAND}
                         for product in ids[first : first + CREATED]]  # fmt: skip
                self._rpc.invoke("stock.inventory.line", "create", [lines], CONTEXT)
            self._rpc.invoke("stock.inventory", "confirm", [[inventory]], CONTEXT)

    def _get(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        params = {"d": packed(domain), "f": ["id", *fields]}
        answer = self._session().get(f"{self._url}/{model}", params=params)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def _send(self, method: str, path: str, values: Any, *fields: str) -> dict[str, Any]:
        answer = self._session().request(
            method, f"{self._url}/{path}", params={"f": ["id", *fields]},
            data=json.dumps(values, default=written),
        )  # fmt: skip
        answer.raise_for_status()
        row: dict[str, Any] = answer.json()
        return row
