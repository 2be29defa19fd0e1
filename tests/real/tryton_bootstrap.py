# mypy: disable-error-code="import-not-found"
"""Fills a fresh Tryton database with a small company. Runs inside Tryton's own environment.

    python tryton_bootstrap.py CONFIG DATABASE OUT.json PASSWORD-FILE

Writes what the tests must know (application keys, the users' password) to OUT.json. Not imported
by any test.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import (
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company, get_company

SKUS = ("MUG-01", "TEA-100", "BOOK-7", "PEN", "GIFT", "JP-1", "SHIRT-M-6b0068ffedb5d",
        "SKU mit Leer/Zeichen-ß", *(f"BULK-{number}" for number in range(200)))  # fmt: skip
SERVICES = ("EBOOK-1", "SHIPPING", "FEE", "ROUNDING")
ON_HAND = 1000.0
BLOCK = 50
CURRENCIES = {"EUR": ("0.01", 2, "1"), "CAD": ("0.01", 2, "1.6"), "JPY": ("1", 0, "170")}
COUNTRIES = {"DE": "Germany", "FR": "France", "CA": "Canada", "JP": "Japan",
             "AE": "United Arab Emirates"}  # fmt: skip
# name: (rate, whether later taxes count on top of it, place in that order)
TAXES = {"VAT 19": ("0.19", False, 1), "VAT 7": ("0.07", False, 1), "JCT 10": ("0.10", False, 1),
         "GST 5": ("0.05", True, 1), "QST 9.975": ("0.09975", False, 2)}  # fmt: skip


def main(config_file: str, database: str, out: str, password_file: str) -> None:
    config.set_trytond(database, config_file=config_file)
    currencies()
    countries()
    create_company(currency=Model.get("currency.currency").find([("code", "=", "EUR")])[0])
    category = accounting()
    stock(catalogue(category))
    shop()
    password = Path(password_file).read_text()
    keys = {"password": password}
    keys["key"] = user("causeway", ["Sales", "Stock"], password)
    keys["weak_key"] = user("reader", [], password)
    full = ["Sales", "Sales Administrator", "Stock", accounting_group()]
    keys["full_key"] = user("clerk", full, password)
    keys["admin_key"] = application(config.get_config().user)
    Path(out).write_text(json.dumps(keys))


def currencies() -> None:
    for code, (rounding, digits, rate) in CURRENCIES.items():
        currency = Model.get("currency.currency")(
            name=code, code=code, symbol=code, rounding=Decimal(rounding), digits=digits
        )
        currency.rates.new(date=dt.date(2020, 1, 1), rate=Decimal(rate))
        currency.save()


def countries() -> None:
    for code, name in COUNTRIES.items():
        Model.get("country.country")(code=code, name=name).save()
    (canada,) = Model.get("country.country").find([("code", "=", "CA")])
    Model.get("country.subdivision")(
        country=canada, code="CA-QC", name="Québec", type="province"
    ).save()


def accounting() -> Any:
    company = get_company()
    year = dt.date.today().year
    span = (dt.date(year - 2, 1, 1), dt.date(year + 2, 12, 31))
    fiscal_year = set_fiscalyear_invoice_sequences(create_fiscalyear(company))
    fiscal_year.start_date, fiscal_year.end_date = span
    fiscal_year.save()
    fiscal_year.click("create_period")
    create_chart(company)
    accounts = get_accounts(company)
    for name, (rate, compound, place) in TAXES.items():
        tax = Model.get("account.tax")(
            name=name, description=name, type="percentage", rate=Decimal(rate), sequence=place
        )
        tax.update_unit_price = compound
        tax.invoice_account = tax.credit_note_account = accounts["tax"]
        tax.save()
    create_payment_term().save()
    payment_method(accounts)
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.save()
    return category


def payment_method(accounts: Any) -> None:
    """Where money from the web shop goes."""
    (journal,) = Model.get("account.journal").find([("type", "=", "cash")], limit=1)
    Model.get("account.invoice.payment.method")(
        name="Web", journal=journal, credit_account=accounts["cash"],
        debit_account=accounts["cash"],
    ).save()  # fmt: skip


def catalogue(category: Any) -> dict[str, int]:
    """Product ids by code. Made in blocks: one by one, Proteus takes half a minute."""
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    values = [
        {"name": code, "default_uom": unit.id, "sale_uom": unit.id, "salable": True,
         "type": "service" if code in SERVICES else "goods", "list_price": Decimal(10),
         "account_category": category.id, "products": [("create", [{"suffix_code": code}])]}
        for code in (*SKUS, *SERVICES)
    ]  # fmt: skip
    for start in range(0, len(values), BLOCK):
        rpc("product.template", "create", values[start : start + BLOCK])
    found = rpc("product.product", "search_read", [], 0, None, None, ["code"])
    return {row["code"]: row["id"] for row in found}


def stock(products: dict[str, int]) -> None:
    warehouse_type = Model.get("stock.location")
    (warehouse,) = warehouse_type.find([("type", "=", "warehouse")])
    south = [
        warehouse_type(name=name, type="storage")
        for name in ("South input", "South output", "South storage")
    ]
    for location in south:
        location.save()
    warehouse_type(
        name="Warehouse South", type="warehouse", code="SOUTH",
        input_location=south[0], output_location=south[1], storage_location=south[2],
    ).save()  # fmt: skip
    inventory = Model.get("stock.inventory")(location=warehouse.storage_location)
    inventory.save()
    lines = [{"inventory": inventory.id, "product": products[code], "quantity": ON_HAND}
             for code in SKUS]  # fmt: skip
    for start in range(0, len(lines), BLOCK):
        rpc("stock.inventory.line", "create", lines[start : start + BLOCK])
    inventory.click("confirm")


def rpc(model: str, method: str, *arguments: Any) -> Any:
    return getattr(Model.get(model)._proxy, method)(*arguments, config.get_config().context)


def shop() -> None:
    currency = Model.get("currency.currency").find([("code", "=", "EUR")])[0]
    guest = Model.get("party.party")(name="Web guest")
    guest.save()
    shop = Model.get("web.shop")(name="Berlin shop", currency=currency, guest_party=guest)
    shop.warehouses.extend(
        Model.get("stock.location").find([("type", "=", "warehouse"), ("code", "!=", "SOUTH")])
    )
    shop.save()
    Model.get("stock.package.type")(name="Box").save()
    prices = Model.get("product.price_list")(name="Web", price="list_price")
    prices.lines.new(formula="unit_price * 0.9")
    prices.save()
    delivery = Model.get("product.product").find([("code", "=", "SHIPPING")])[0]
    courier = Model.get("party.party")(name="Parcel Post")
    courier.save()
    Model.get("carrier")(party=courier, carrier_product=delivery).save()


def accounting_group() -> str:
    """Tryton 8 renamed it."""
    found = Model.get("res.group").find([("name", "in", ["Accounting", "Account"])])
    return str(found[0].name)


def user(login: str, groups: list[str], password: str) -> str:
    company = get_company()
    group = Model.get("res.group")
    record = Model.get("res.user")(name=login, login=login, password=password)
    record.companies.append(company)
    record.company = company
    for name in groups:
        record.groups.append(group.find([("name", "=", name)])[0])
    record.save()
    return application(record.id)


def application(user_id: int) -> str:
    """A key for REST, where this Tryton has it."""
    kinds = Model.get("res.user.application")._proxy.fields_get(["application"], {})
    if "rest" not in dict(kinds["application"]["selection"]):
        return ""
    record = Model.get("res.user.application")(
        application="rest", user=Model.get("res.user")(user_id)
    )
    record.save()
    return str(record.key)


if __name__ == "__main__":
    main(*sys.argv[1:])
