"""Orders, refunds and buyers in Tryton's words, without a Tryton."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from causeway.canonical import Address, Customer, Money, Order, TaxAmount
from causeway.connectors.samples import BUYER, a_refund, an_order, eur
from causeway.connectors.texts import clean
from causeway.connectors.tryton.buyer import buyer_of, street_of
from causeway.connectors.tryton.mapper import (
    Sale,
    description_of,
    refund_of,
    rounding_line,
    sale_of,
)
from causeway.connectors.tryton.options import Options, TrytonOptions
from causeway.errors import MappingMissing, RejectedError

WRITTEN: dict[str, Any] = {
    "database": "erp",
    "web_shop": "Berlin shop",
    "warehouse": "WH",
    "taxes": {"19": "VAT 19", "DE-7": "VAT 7"},
    "products": {"shipping": "SHIP", "fee": "FEE", "rounding": "ROUND"},
}
CENT = Decimal("0.01")


def options(**changes: Any) -> TrytonOptions:
    return TrytonOptions.of(Options().load({**WRITTEN, **changes}))


def net_of(sale: Sale) -> Decimal:
    """As Tryton sums lines: each rounded half to even."""
    amounts = (line.quantity * line.unit_price for line in sale.lines)
    return sum((amount.quantize(CENT, ROUND_HALF_EVEN) for amount in amounts), Decimal(0))


def one_line(total: str, quantity: str, **changes: Any) -> Order:
    order = an_order()
    line = replace(
        order.lines[0], total=eur(total), quantity=Decimal(quantity), taxes=(), tax=eur("0")
    )
    return replace(order, lines=(line,), tax_rates=(), total=eur(total), rounding=None, **changes)


def test_lines_carry_products_taxes_and_numbers() -> None:
    sale = sale_of(an_order(), "sample:1042:book", options())
    assert [(line.number, line.product, line.taxes) for line in sale.lines] == [
        (1, "MUG-01", ("VAT 19",)),
        (2, "BOOK-7", ("VAT 7",)),
        (3, "SHIP", ("VAT 19",)),
        (4, "FEE", ("VAT 19",)),
    ]
    assert (sale.key, sale.number, sale.total) == ("sample:1042:book", "1042", Decimal("64.55"))


@given(cents=st.integers(-10_000_000, 10_000_000), quantity=st.decimals("0.001", "99999", places=3))
def test_what_unit_prices_lose_is_within_what_rounding_explains(
    cents: int, quantity: Decimal
) -> None:
    total = Decimal(cents).scaleb(-2)
    sale = sale_of(one_line(str(total), str(quantity)), "k", options())
    assert abs(sale.total - net_of(sale)) <= sale.slack


@given(cents=st.integers(1, 10_000_000), quantity=st.integers(1, 99))
def test_up_to_a_hundred_pieces_come_to_the_cent(cents: int, quantity: int) -> None:
    total = Decimal(cents).scaleb(-2)
    sale = sale_of(one_line(str(total), str(quantity)), "k", options())
    assert net_of(sale) == total


def test_rounding_does_not_explain_a_tax_of_another_rate() -> None:
    sale = sale_of(an_order(), "k", options())
    seven_instead_of_nineteen = Decimal("36.26") * Decimal("0.12")
    assert sale.slack < seven_instead_of_nineteen / 10


def test_the_rounding_line_comes_after_all_others() -> None:
    sale = sale_of(an_order(), "k", options())
    line = rounding_line(sale, Decimal("-0.01"), options())
    assert (line.number, line.product, line.taxes) == (5, "ROUND", ())
    assert line.quantity * line.unit_price == Decimal("-0.01")


def test_a_rate_is_mapped_by_its_code_before_its_percent() -> None:
    sale = sale_of(an_order(), "k", options(taxes={"19": "A", "7": "B", "DE-19": "C"}))
    assert sale.lines[0].taxes == ("C",)
    assert sale.lines[1].taxes == ("B",)


def test_a_rate_without_a_tax_is_named_with_code_and_percent() -> None:
    with pytest.raises(MappingMissing, match=r"DE-7 \(7 %\)"):
        sale_of(an_order(), "k", options(taxes={"19": "VAT 19"}))


def test_a_rate_that_charged_nothing_on_a_base_did_not_apply() -> None:
    order = an_order()
    free = replace(order.lines[0], taxes=(TaxAmount("1", eur("0")),))
    gift = replace(free, total=eur("0.00"))
    sale = sale_of(replace(order, lines=(free, gift)), "k", options())
    assert [line.taxes for line in sale.lines] == [(), ("VAT 19",)]


def test_a_line_without_sku_is_refused_and_told_what_to_do() -> None:
    order = an_order()
    with pytest.raises(RejectedError, match="give the product one in the shop"):
        sale_of(replace(order, lines=(replace(order.lines[0], sku=""),)), "k", options())


def test_a_line_without_quantity_is_refused() -> None:
    with pytest.raises(RejectedError, match="has no quantity"):
        sale_of(one_line("5.00", "0"), "k", options())


def test_a_refund_is_a_negative_sale() -> None:
    sale = refund_of(an_order(), a_refund(), "k", options())
    (line,) = sale.lines
    assert (line.quantity, line.unit_price) == (Decimal(-1), Decimal("12.5"))
    assert sale.total == Decimal("-14.88")


def test_a_refund_without_lines_is_one_amount_without_tax() -> None:
    refund = a_refund(total=eur("5.00"), lines=(), reason="Sorry")
    sale = refund_of(an_order(), refund, "k", options())
    (line,) = sale.lines
    assert (line.product, line.taxes, line.description) == ("FEE", (), "Sorry")
    assert net_of(sale) == Decimal("-5.00")


def test_a_refund_smaller_than_its_lines_is_refused() -> None:
    with pytest.raises(RejectedError) as refused:
        refund_of(an_order(), a_refund(total=eur("10.00")), "k", options())
    assert refused.value.code == "total_differs"


@given(cents=st.integers(1, 100_000))
def test_refund_lines_and_the_amount_beside_them_make_the_total(cents: int) -> None:
    lines_come_to = Decimal("14.88")
    total = lines_come_to + Decimal(cents).scaleb(-2)
    sale = refund_of(an_order(), a_refund(total=Money(total, "EUR")), "k", options())
    with_tax = net_of(sale) - Decimal("2.38")
    assert abs(with_tax + total) <= sale.slack


def test_registered_buyers_are_known_by_their_id() -> None:
    assert buyer_of(an_order(), options()).code == "SAMPLE-C-12"


def test_guests_are_known_by_a_hash_of_their_email_or_by_their_order() -> None:
    order = an_order(customer=Customer("", " Erika@Example.org "))
    same = an_order(customer=Customer("", "erika@example.org"))
    assert buyer_of(order, options()).code == buyer_of(same, options()).code
    assert "erika" not in buyer_of(order, options()).code.lower()
    assert buyer_of(order, options(guests="per_order")).code == "SAMPLE-O-1042"
    assert buyer_of(an_order(customer=Customer("", "")), options()).code == "SAMPLE-O-1042"


def test_a_company_gives_the_party_its_name_and_an_empty_address_its_code() -> None:
    company = an_order(billing=replace(BUYER, company="Nord Handel GmbH"))
    assert buyer_of(company, options()).name == "Nord Handel GmbH"
    nobody = an_order(billing=Address(), shipping=Address())
    assert buyer_of(nobody, options()).name == "SAMPLE-C-12"


def test_the_description_tells_store_number_and_purchase_order() -> None:
    assert description_of(an_order()) == "sample 1042"
    assert description_of(an_order(purchase_order="PO-7")) == "sample 1042 (PO-7)"


@given(st.text())
def test_cleaned_text_stays_clean_and_has_no_control_characters(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert all(sign == "\n" or sign.isprintable() for sign in once)


def test_streets_have_a_line_each() -> None:
    assert street_of(replace(BUYER, address_2="Hof 3")) == "Hauptstr. 1\nHof 3"


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"database": "../etc"}, "database", "without slashes"),
        ({"guests": "often"}, "guests", "per_email or per_order"),
        ({"products": {"fee": "F", "rounding": "R"}}, "products", "service product"),
        ({"web_shop": ""}, "web_shop", "as Tryton shows it"),
        ({"price_digits": 99}, "price_digits", "between 0 and 10"),
        ({"nonsense": 1}, "nonsense", "Unknown field"),
    ],
)
def test_a_wrong_option_is_told_by_name_and_remedy(
    changes: dict[str, Any], name: str, words: str
) -> None:
    with pytest.raises(ValidationError) as problem:
        Options().load({**WRITTEN, **changes})
    messages = problem.value.messages
    assert isinstance(messages, dict)
    assert words in str(messages[name])


def test_every_option_that_is_missing_is_told() -> None:
    assert set(Options().validate({})) == {"database", "web_shop", "warehouse", "products"}
