"""Who wants the same goes one after the other; who wants something else does not wait."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

from causeway.connectors.single import SingleFlight

GOODS = "abcd"


def test_whoever_has_a_key_in_common_is_alone_and_all_come_to_an_end() -> None:
    single, inside, met = SingleFlight(), set[tuple[str, ...]](), list[tuple[str, ...]]()
    guard = threading.Lock()

    def work(keys: tuple[str, ...]) -> None:
        with single.alone_with(keys):
            with guard:
                met.extend(other for other in inside if set(other) & set(keys))
                inside.add(keys)
            time.sleep(0.001)
            with guard:
                inside.discard(keys)

    wanted = [*combinations(GOODS, 2), *combinations(reversed(GOODS), 2)] * 5
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, wanted, timeout=30))
    assert met == []


def test_nothing_in_common_does_not_wait() -> None:
    single, arrived = SingleFlight(), threading.Barrier(2)

    def work(keys: str) -> int:
        with single.alone_with(keys):
            return arrived.wait(10)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, ["ab", "cd"])) == [0, 1]
