"""The poke: once for what is new, signed with the store's secret, and never in the way."""

from __future__ import annotations

import pytest
import requests
import responses

from causeway.feed.poke import PATH, poke_stores
from causeway.wire import signature
from tests.world import SECRET, World, fixture_order, order_event

URL = f"https://berlin.example{PATH}"


@pytest.fixture
def news(world: World, office: object) -> World:
    """A world whose store has updates it has not heard of."""
    world.shop().events([order_event(fixture_order("simple_cod"))])
    world.drain()
    return world


@responses.activate
def test_a_store_with_news_is_poked_once_and_the_poke_is_signed(news: World) -> None:
    responses.post(URL, status=202)
    assert poke_stores(news.context) == 1
    assert poke_stores(news.context) == 0
    (call,) = responses.calls
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    assert headers["causeway-store"] == "berlin"
    signature.verify(headers, f"POST {PATH}".encode(), [SECRET], news.clock())


@responses.activate
def test_a_store_that_has_acknowledged_everything_is_left_alone(news: World) -> None:
    cursor = news.shop().get("/v1/updates").get_json()["cursor"]
    news.shop().post_json("/v1/updates/ack", {"cursor": cursor})
    assert poke_stores(news.context) == 0


@responses.activate
def test_a_shop_that_does_not_answer_is_no_trouble(news: World) -> None:
    responses.post(URL, body=requests.ConnectionError("refused"))
    assert poke_stores(news.context) == 1
    assert news.reported == []
