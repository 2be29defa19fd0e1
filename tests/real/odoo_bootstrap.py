# mypy: disable-error-code="name-defined"
# ruff: noqa: F821
"""Fills a fresh Odoo database with a small company. Read by Odoo's own shell, which gives `env`.

    odoo shell -d DATABASE < odoo_bootstrap.py

Prints what the tests must know (the API keys) as one line of JSON after the word KEYS. Not
imported by any test.
"""

import json
from datetime import datetime, timedelta

SKUS = ["MUG-01", "TEA-100", "BOOK-7", "PEN", "GIFT", "JP-1", "SHIRT-M-6b0068ffedb5d",
        "SKU mit Leer/Zeichen-ß", *(f"BULK-{number}" for number in range(200))]  # fmt: skip
SERVICES = ["EBOOK-1", "SHIPPING", "FEE", "ROUNDING"]
ON_HAND = 100000.0
TAXES = [("VAT 19", 19.0, False, 1), ("VAT 7", 7.0, False, 1), ("JCT 10", 10.0, False, 1),
         ("GST 5", 5.0, True, 1), ("QST 9.975", 9.975, False, 2)]  # fmt: skip
ADMIN = env.ref("base.user_admin")


def company():
    found = env.company
    for code in ("EUR", "CAD", "JPY", "USD"):
        currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()
    found.write({"name": "Berlin Goods", "country_id": env.ref("base.de").id})
    env["account.chart.template"].try_loading("generic_coa", company=found, install_demo=False)
    found.currency_id = env.ref("base.EUR")
    for code, rate in (("CAD", 1.6), ("JPY", 170.0)):
        env["res.currency.rate"].create(
            {"currency_id": env.ref(f"base.{code}").id, "name": "2020-01-01",
             "company_rate": rate, "company_id": found.id}
        )  # fmt: skip
    found.account_fiscal_country_id = env.ref("base.de")
    return found


def taxes(home):
    env["account.tax"].search([("company_id", "=", home.id)]).write({"active": False})
    group = env["account.tax.group"].create({"name": "VAT", "country_id": env.ref("base.de").id})
    for name, percent, compound, place in TAXES:
        env["account.tax"].create(
            {"name": name, "amount": percent, "amount_type": "percent", "type_tax_use": "sale",
             "price_include_override": "tax_excluded", "include_base_amount": compound,
             "sequence": place, "tax_group_id": group.id,
             "country_id": env.ref("base.de").id, "company_id": home.id}
        )  # fmt: skip


def groups(*names):
    for name in names:
        env.ref("base.group_user")._apply_group(env.ref(name))


def pricelists(home):
    lists = {}
    for code in ("EUR", "CAD", "JPY"):
        lists[code] = env["product.pricelist"].create(
            {"name": f"Web {code}", "currency_id": env.ref(f"base.{code}").id,
             "company_id": home.id}
        )  # fmt: skip
    mug = env["product.product"].search([("default_code", "=", "MUG-01")])
    env["product.pricelist.item"].create(
        {"pricelist_id": lists["EUR"].id, "applied_on": "0_product_variant",
         "product_id": mug.id, "product_tmpl_id": mug.product_tmpl_id.id,
         "compute_price": "fixed", "fixed_price": 12.5}
    )  # fmt: skip


def catalogue():
    env["product.product"].create(
        [{"name": code, "default_code": code, "type": "service" if code in SERVICES else "consu",
          "is_storable": code not in SERVICES, "list_price": 10.0, "invoice_policy": "order",
          "taxes_id": False}
         for code in (*SKUS, *SERVICES)]
    )  # fmt: skip


def stock(home):
    main = env["stock.warehouse"].search([("company_id", "=", home.id)], limit=1)
    main.write({"code": "WH", "name": "Main"})
    env["stock.warehouse"].create({"name": "South", "code": "SOUTH", "company_id": home.id})
    for product in env["product.product"].search([("default_code", "in", SKUS)]):
        env["stock.quant"]._update_available_quantity(product, main.lot_stock_id, ON_HAND)


def carriers():
    shipping = env["product.product"].search([("default_code", "=", "SHIPPING")])
    env["delivery.carrier"].create(
        {"name": "Parcel Post", "product_id": shipping.id, "delivery_type": "fixed"}
    )


def user(login, *names):
    groups_ = env["res.groups"].browse([env.ref(name).id for name in ("base.group_user", *names)])
    return env["res.users"].create(
        {"name": login, "login": login, "group_ids": [(6, 0, groups_.ids)]}
    )


def key(of):
    expiry = datetime.now() + timedelta(days=80)
    return env["res.users.apikeys"].with_user(of).sudo()._generate("rpc", "causeway", expiry)


home = company()
taxes(home)
groups("stock.group_stock_multi_locations", "product.group_product_pricelist")
catalogue()
pricelists(home)
stock(home)
carriers()
# As a person would: what the connector's README asks for, and no more.
causeway = user("causeway", "sales_team.group_sale_salesman_all_leads", "stock.group_stock_user",
                "account.group_account_invoice", "base.group_partner_manager")  # fmt: skip
keys = {"key": key(causeway), "weak_key": key(user("reader")), "admin_key": key(ADMIN)}
env["ir.config_parameter"].set_param("base.enable_programmatic_api_keys", "True")
env.cr.commit()
print("KEYS " + json.dumps(keys))
