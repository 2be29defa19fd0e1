from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from causeway.policy import StorePolicy
from tests.integration.stories.road import Road, connections
from tests.sandbox_tools import serving
from tests.world import World

DAY = 86400.0


@pytest.fixture
def new_road(
    tmp_path: Path, ledger_url: str, new_world: Callable[..., World]
) -> Iterator[Callable[..., Road]]:
    """Makes the road of a story: `new_road("north", "south", split=False)`."""
    with serving(tmp_path / "sandbox", ship_after=DAY, accept_after=DAY) as server:

        def make(*warehouses: str, **policy: Any) -> Road:
            world = new_world(
                ledger_url,
                connections=connections(server.address, *warehouses),
                options={"policies": {"berlin": StorePolicy(**policy)}},
            )
            return Road(world, server.app)

        yield make


@pytest.fixture
def road(new_road: Callable[..., Road]) -> Road:
    return new_road()
