"""Hostile and odd answers to a described system, and what wrong settings are told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers

from causeway import settings
from causeway.canonical import Money
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.described import documents, keys
from causeway.connectors.described.encoding import json_data, xml_data, xml_of
from causeway.connectors.described.expressions import Expressions, problem_of
from causeway.connectors.described.formats import Formats
from causeway.connectors.rest.feeds import State, read_state
from causeway.connectors.rest.options import Options
from causeway.connectors.samples import a_refund, an_order
from causeway.errors import (
    ConfigError,
    CredentialsError,
    MappingMissing,
    RejectedError,
    RetryableError,
    TooLate,
    UnknownOutcome,
)
from tests.conftest import json_like

URL = "https://erp.example/api"
OPTIONS = Options()
ORDER = {"path": "/orders", "body": "{ref: key, total: order.total}", "number": "number"}
FIND = {"path": "/orders/{key}"}
STOCK = {
    "path": "/stock",
    "rows": "rows",
    "fields": {"sku": "sku", "warehouse": "'W'", "on_hand": "n"},
}


def connector(**options: Any) -> Any:
    described = {"find": {"order": FIND}, "write": {"book_order": ORDER}, **options}
    return registry.build(
        ConnectionSettings("erp", "rest", URL, ("erp",), token="s3cret", options=described)
    )


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{URL}/orders/k", status=404)
        yield mock


def book(erp: Any) -> Any:
    return erp.book_order(an_order(), "k")


def problems(**options: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = OPTIONS.validate(options)
    return found


def test_what_was_made_is_read_as_described(web: responses.RequestsMock) -> None:
    web.post(f"{URL}/orders", json={"id": 7, "number": "SO-7"}, status=201)
    assert (book(connector()).id, book(connector()).number) == ("7", "SO-7")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"json": {"error": {"message": "no such customer"}}, "status": 200}, RejectedError),
        ({"json": {"ok": True}}, UnknownOutcome),
        ({"body": "<html>Please sign in</html>"}, UnknownOutcome),
        ({"body": "[" * 100_000}, UnknownOutcome),
        ({"body": b""}, UnknownOutcome),
        ({"body": "x", "status": 500}, UnknownOutcome),
        ({"body": "x", "status": 502}, UnknownOutcome),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, RejectedError),
        ({"json": {"message": "bad"}, "status": 422}, RejectedError),
        ({"status": 401}, CredentialsError),
        ({"status": 429, "headers": {"Retry-After": "7"}}, RetryableError),
        ({"json": {"id": 7, "total": "64.54"}}, RejectedError),
        ({"body": "1" * 5000}, UnknownOutcome),
        ({"json": {"state": "gone"}, "status": 409}, TooLate),
        ({"json": {"sku": "MUG-01"}, "status": 422}, MappingMissing),
    ],
)
def test_an_answer_to_a_write_has_the_right_class(
    answer: dict[str, Any], error: type[Exception], web: responses.RequestsMock
) -> None:
    rules = [
        {"status": "200", "when": "error", "means": "rejected"},
        {"status": "409", "when": "state == 'gone'", "means": "too_late"},
        {"status": "422", "when": "sku", "means": "mapping_missing", "value": "sku"},
    ]
    web.post(f"{URL}/orders", **answer)
    write = {"book_order": {**ORDER, "total": "total && total || '64.55'"}}
    with pytest.raises(error) as raised:
        book(connector(errors=rules, write=write, most_bytes=1000))
    assert type(raised.value) is error


@given(json_like(), st.integers(200, 599))
def test_no_answer_of_whatever_shape_breaks_it(body: Any, status: int) -> None:
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/orders/k", status=404)
        mock.post(f"{URL}/orders", json=body, status=status)
        with suppress(RejectedError, UnknownOutcome, CredentialsError, RetryableError):
            assert book(connector()).id


def test_their_words_are_passed_on_without_the_buyers_data(web: responses.RequestsMock) -> None:
    words = "Erika Mustermann, HAUPTSTR. 1, is unknown in 10115"
    web.post(f"{URL}/orders", json={"message": words}, status=400)
    with pytest.raises(RejectedError) as raised:
        book(connector())
    assert "unknown in" in raised.value.reason
    assert not {"erika", "hauptstr", "10115"} & set(raised.value.reason.lower().split())
    assert "Mustermann" not in raised.value.reason


def test_only_a_404_of_theirs_says_that_nothing_is_there(web: responses.RequestsMock) -> None:
    web.get(f"{URL}/orders/theirs", status=404, json={"message": "no such order"})
    web.get(f"{URL}/orders/gateways", status=404, body="<html>404 Not Found</html>")
    assert connector().find("order", "theirs") is None
    with pytest.raises(RetryableError):
        connector().find("order", "gateways")


def test_the_key_and_every_credential_go_where_they_should(web: responses.RequestsMock) -> None:
    kinds: list[tuple[dict[str, Any], Any]] = [
        ({"kind": "bearer"}, matchers.header_matcher({"Authorization": "Bearer s3cret"})),
        ({"kind": "header", "name": "X-Key"}, matchers.header_matcher({"X-Key": "s3cret"})),
        ({"kind": "basic", "user": "u"},
         matchers.header_matcher({"Authorization": "Basic dTpzM2NyZXQ="})),
        ({"kind": "query", "name": "api_key"}, matchers.query_param_matcher({"api_key": "s3cret"})),
    ]  # fmt: skip
    for auth, matcher in kinds:
        web.reset()
        web.get(f"{URL}/orders/k", status=404, match=[matcher])
        key = matchers.header_matcher({"Idempotency-Key": "k"})
        web.post(f"{URL}/orders", json={"id": 7}, match=[matcher, key])
        assert book(connector(auth=auth, idempotency_header="Idempotency-Key")).id == "7"


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/api/stock?p=2", "//evil.example/x", "http://erp.example/api/stock?p=2",
     "https://erp.example:444/api/stock", "https://erp.example@evil.example/"],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_not_followed(
    link: str, web: responses.RequestsMock
) -> None:
    paging = {"kind": "next_link", "next": "next"}
    web.get(f"{URL}/stock", json={"rows": [{"sku": "A", "n": 1}], "next": link})
    erp = connector(read={"stock": {**STOCK, "paging": paging}})
    with pytest.raises(RejectedError, match="another system"):
        erp.read_stock("")
    assert len(web.calls) == 1


def test_links_are_followed_on_their_own_system(web: responses.RequestsMock) -> None:
    paging = {"kind": "next_link", "next": "next"}
    web.get(f"{URL}/stock", json={"rows": [{"sku": "A", "n": 1}], "next": "?page=2"})
    web.get(f"{URL}/stock?page=2", json={"rows": [{"sku": "B", "n": "2.5"}]})
    erp = connector(read={"stock": {**STOCK, "paging": paging}})
    first = erp.read_stock("")
    second = erp.read_stock(first.cursor)
    assert [(x.sku, x.on_hand) for x in (*first.items, *second.items)] == [
        ("A", Decimal(1)), ("B", Decimal("2.5")),
    ]  # fmt: skip
    assert (first.more, second.more) == (True, False)


def test_a_record_that_cannot_be_read_holds_up_no_other(web: responses.RequestsMock) -> None:
    rows = [{"sku": "A", "n": 1}, {"sku": "B", "n": "many"}, {"n": 3}]
    web.get(f"{URL}/stock", json={"rows": rows})
    page = connector(read={"stock": STOCK}).read_stock("")
    assert [level.sku for level in page.items] == ["A"]
    assert page.refused[0].startswith("B: on_hand: cannot be read as a quantity")
    assert len(page.refused) == 2


def test_where_nothing_can_be_read_the_feed_stands_still(web: responses.RequestsMock) -> None:
    web.get(f"{URL}/stock", json={"rows": [{"code": "A", "n": 1}]})
    with pytest.raises(RetryableError, match="none of its records"):
        connector(read={"stock": STOCK}).read_stock("")


def test_a_feed_that_says_there_is_more_and_does_not_move_on_is_no_loop(
    web: responses.RequestsMock,
) -> None:
    paging = {"kind": "cursor", "param": "after", "next": "cursor", "more": "more"}
    web.get(f"{URL}/stock", json={"rows": [{"sku": "A", "n": 1}], "cursor": "x", "more": True})
    erp = connector(read={"stock": {**STOCK, "paging": paging}})
    first = erp.read_stock("")
    with pytest.raises(RetryableError, match="goes on where it was"):
        erp.read_stock(first.cursor)


def test_a_feed_told_anew_each_time_rests_between(web: responses.RequestsMock) -> None:
    web.get(f"{URL}/stock", json={"rows": [{"sku": "A", "n": 1}]})
    erp = connector(read={"stock": {**STOCK, "every_seconds": 60.0}})
    page = erp.read_stock("")
    assert erp.read_stock(page.cursor).items == ()
    assert len(web.calls) == 1


def test_a_key_can_never_lead_out_of_its_path(web: responses.RequestsMock) -> None:
    erp = connector()
    web.get(f"{URL}/orders/a%2F..%2F..%2Fadmin%3Fx%3D1", status=404)
    assert erp.find("order", "a/../../admin?x=1") is None
    for key in ("..", "."):
        with pytest.raises(RejectedError, match="no part of a path"):
            erp.find("order", key)


def test_xml_goes_out_escaped_and_is_read_without_entities() -> None:
    text = '<Tom & "Jerry"> \x00\x0b\U0001f600'
    content = xml_of({"@id": text, "Name": text, "Line": [{"n": 1}, {"n": 2}], "No": None}, "Order")
    clean = text.replace("\x00", "").replace("\x0b", "")
    assert xml_data(content) == {"@id": clean, "Name": clean, "Line": [{"n": "1"}, {"n": "2"}]}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    outside = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    deep = b"<a>" * 5000 + b"</a>" * 5000
    for hostile in (bomb, outside, deep, b"<x>", b""):
        with pytest.raises(ValueError):  # noqa: PT011 - any of them, and no other error
            xml_data(hostile)
    with pytest.raises(ValueError, match="name of an element"):
        xml_of({"a><script": "x"}, "Order")


@given(st.text(max_size=40))
def test_any_text_survives_json_and_xml(text: str) -> None:
    legal = "".join(s for s in text if s.isprintable()).strip()
    assert xml_data(xml_of({"T": legal, "U": "x"}, "R"))["T"] == legal
    assert json_data(json.dumps({"t": text}).encode())["t"] == text


def test_systems_that_speak_xml_are_described_too(web: responses.RequestsMock) -> None:
    xml = matchers.header_matcher({"Content-Type": "application/xml; charset=utf-8"})
    answer = b"<Result><Order><No>9</No></Order></Result>"
    web.post(f"{URL}/orders", body=answer, match=[xml])
    write = {"path": "/orders", "encoding": "xml", "root": "Order", "document": "Order",
             "id": "No", "body": '{"@key": key, Total: order.total}'}  # fmt: skip
    assert book(connector(answers="xml", write={"book_order": write})).id == "9"
    assert web.calls[-1].request.body.endswith(b'<Order key="k"><Total>64.55</Total></Order>')


def test_what_is_not_described_is_a_case_in_words() -> None:
    with pytest.raises(RejectedError, match=r"do not describe book_refund"):
        connector().book_refund(an_order(), a_refund(), "k")
    assert not hasattr(connector(), "read_stock")
    assert not connector().capabilities.cancel


def test_check_says_in_words_what_is_missing_and_what_it_can(web: responses.RequestsMock) -> None:
    web.get(f"{URL}/orders/causeway%3Acheck%3A0", status=404)
    good = connector().check()
    assert good.ok
    assert "book_order" in good.detail
    assert "book_refund is not described: each refund becomes a case" in good.detail
    bad = connector(write={}).check()
    assert not bad.ok
    assert any("book_order is not described" in problem for problem in bad.problems)


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ({"write": {"book_order": {"path": "orders"}}, "unique_key": True},
         ("write", "book_order", "path"), "must begin with one /"),
        ({"write": {"book_order": {"path": "/orders", "body": "{a: "}}, "unique_key": True},
         ("write", "book_order", "body"), "is no JMESPath"),
        ({"write": {"book_order": {"path": "/o", "body": "shout(x)"}}, "unique_key": True},
         ("write", "book_order", "body"), "calls shout()"),
        ({"write": {"book_order": {"path": "/o"}}}, ("find", "order"), "cannot be looked up"),
        ({"write": {"sell": {"path": "/o"}}}, ("write", "sell"), "Unknown field"),
        ({"auth": {"kind": "oauth2"}}, ("auth", "token_url"), "is missing"),
        ({"auth": {"kind": "oauth2", "client_id": "c", "token_url": "http://x.example/t"}},
         ("auth", "token_url"), "must be an https address"),
        ({"errors": [{"means": "rejected"}]}, ("errors", 0, "when"), "every answer"),
        ({"errors": [{"status": "409", "means": "explode"}]}, ("errors", 0, "means"), "one of"),
        ({"read": {"stock": {"path": "/s", "fields": {"sku": "a", "colour": "b"}}}},
         ("read", "stock", "fields", "colour"), "is no field"),
        ({"read": {"stock": {"path": "/s", "fields": {"sku": "a"}}}},
         ("read", "stock", "fields", "on_hand"), "is missing"),
        ({"read": {"stock": {"path": "/s", "paging": {"kind": "cursor"}}}},
         ("read", "stock", "paging", "next"), "is missing"),
        ({"formats": {"decimal": ",", "thousands": ","}}, ("formats", "thousands"), "another"),
        ({"formats": {"time": "%Q"}}, ("formats", "time"), "must be iso"),
        ({"units": {"BOX": 0}}, ("units", "BOX"), "above 0"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, ("headers", "X-A"), "String does not match"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_a_remedy(
    options: dict[str, Any], path: tuple[Any, ...], words: str
) -> None:
    found: Any = problems(**options)
    for key in path:
        assert key in found, found
        found = found[key]
    assert words in json.dumps(found), found


def test_all_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "causeway.toml"
    file.write_text(
        '[connections.erp]\nkind = "rest"\nurl = "https://erp.example"\nroles = ["erp"]\n'
        '[connections.erp.options.find.order]\npath = "orders"\n'
        '[connections.erp.options.write.book_order]\npath = "/orders"\nbody = "{a:"\n'
        '[connections.erp.options.read.stock]\npath = "/s"\n'
    )
    with pytest.raises(ConfigError) as raised:
        settings.load(file, {})
    text = "\n".join(raised.value.problems)
    for name in ("find.order.path", "write.book_order.body", "read.stock.fields.sku"):
        assert f"connections.erp.options.{name}: " in text


@given(json_like())
def test_options_of_any_shape_are_refused_and_nothing_breaks(options: Any) -> None:
    for name in ("auth", "errors", "find", "write", "read", "formats", "units", "tables"):
        assert isinstance(OPTIONS.validate({name: options}), Mapping)


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "https://u:p@x.example", "https://", "file:///x"]
)
def test_the_address_of_a_described_system_is_http(url: str, tmp_path: Path) -> None:
    file = tmp_path / "causeway.toml"
    file.write_text(f'[connections.erp]\nkind = "rest"\nurl = "{url}"\nroles = ["erp"]\n')
    with pytest.raises(ConfigError, match="http or https address"):
        settings.load(file, {})


def test_an_expression_that_fails_says_nothing_of_the_data() -> None:
    with pytest.raises(RejectedError) as raised:
        Expressions().find("upper(name)", {"name": ["Erika"]})
    assert "Erika" not in raised.value.reason
    with pytest.raises(RejectedError):
        Expressions().find("number(name)", {"name": "Erika"})


def test_functions_write_numbers_times_and_words_as_the_settings_want_them() -> None:
    formats = Formats(",", ".", "%d.%m.%Y", "%d.%m.%Y %H:%M", "Europe/Berlin")
    work = Expressions(formats, {"kinds": {"product": "ITEM", "*": "OTHER"}})
    data = {"a": "1234.5", "t": "2026-03-14T23:30:00Z", "k": "fee", "c": "EUR", "l": ["1", "2.5"]}
    found = {
        "decimal(a)": "1234,5", "amount(a, c)": "1234,50", "negative(a)": "-1234.5",
        "total(l)": "3.5", "times(a, '2')": "2469.0", "date(t)": "15.03.2026",
        "time(t)": "15.03.2026 00:30", "mapped('kinds', k)": "OTHER", "default(x, 'y')": "y",
        "cut(a, `3`)": "123", "upper(c)": "EUR", "lower(c)": "eur", "replaced(a, '.', '')": "12345",
        "split(c, 'U') | [1]": "R", "each_with([{b: a}], {c: c})[0].c": "EUR",
    }  # fmt: skip
    for expression, wanted in found.items():
        assert problem_of(expression) is None
        assert work.find(expression, data) == wanted, expression
    with pytest.raises(MappingMissing, match="no kinds is mapped for 'x'"):
        Expressions(formats, {"kinds": {}}).find("mapped('kinds', 'x')", {})


@given(
    st.decimals(allow_nan=False, places=4, min_value=-(10**9), max_value=10**9),
    st.sampled_from([(".", ""), (",", ""), (",", "."), (".", ",")]),
)
def test_a_number_written_is_read_again(number: Decimal, signs: tuple[str, str]) -> None:
    formats = Formats(*signs)
    assert formats.read_number(formats.write_number(number)) == number


def test_german_numbers_and_minor_units_are_read() -> None:
    assert Formats(",", ".").read_number("1.234,50") == Decimal("1234.50")
    assert Formats(amounts="minor").read_money(1999, "EUR") == Money.of("19.99", "EUR")
    assert Formats(amounts="minor").read_money("1999", "JPY") == Money.of("1999", "JPY")
    assert Formats(units={"BOX": Decimal(12)}).read_quantity("2", "BOX") == (Decimal(24), "")
    with pytest.raises(MappingMissing):
        Formats(units={"BOX": Decimal(12)}).read_quantity("2", "PAL")
    for wrong in ("1,5", "NaN", "1e5", "", "١٢", True, 1.5, None, "9" * 60, Decimal("Infinity")):
        with pytest.raises(ValueError):  # noqa: PT011
            Formats().read_number(wrong)


def test_times_are_read_in_their_zone_and_kept_in_utc() -> None:
    berlin = Formats(time="%d.%m.%Y %H:%M", zone="Europe/Berlin")
    assert berlin.read_time("14.03.2026 10:26") == datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
    assert Formats(time="epoch").read_time(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert Formats().read_time("2026-03-14T10:26:00+01:00").hour == 9


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300), st.integers(24, 60))
def test_shortened_keys_fit_and_differ(one: str, two: str, length: int) -> None:
    assert len(keys.shortened(one, length)) <= length
    assert (keys.shortened(one, length) == keys.shortened(two, length)) == (one == two)
    assert keys.name_of(one).replace("-", "").isalnum()
    assert (keys.name_of(one) == keys.name_of(two)) == (one == two)


def test_rounded_lines_come_to_the_total_in_minor_units() -> None:
    order = an_order()
    data = documents.order_data(order)
    parts = [Money.of(line["total"], "EUR").rounded() for line in data["rounded_lines"]]
    taxes = [Money.of(rate["total"], "EUR").rounded() for rate in data["tax_rates"]]
    assert Money.total([*parts, *taxes], "EUR") == order.total
    refund = replace(a_refund(), total=Money.of("15.00", "EUR"))
    lines = documents.refund_data(order, refund)["rounded_lines"]
    assert lines[-1]["kind"] == "rest"
    assert sum(Decimal(line["gross"]) for line in lines) == Decimal("15.00")


@given(st.builds(State, at=st.text(max_size=20)))
def test_a_cursor_written_is_read_again(state: State) -> None:
    assert read_state(state.written()) == state


@pytest.mark.parametrize("cursor", ["x", "[]", '{"when":1}', "7", '{"since":"yesterday"}'])
def test_a_cursor_of_another_feed_is_refused(cursor: str) -> None:
    with pytest.raises(RejectedError, match="none of this feed"):
        read_state(cursor)
