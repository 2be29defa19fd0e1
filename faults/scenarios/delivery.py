"""What a shop, or the way to it, does to events: again, at once, out of order, changed."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from causeway.demo.shop import Shop
from faults.orders import order, with_note
from faults.points import Hit
from faults.scenario import lacks, scenario
from faults.scenarios.erp import retry_all
from faults.world import STORE, World

COPIES = 100
OWN_NUMBERS = 500_001  # far from those of the traffic; each third from here has two versions


@scenario("duplicates-at-once", f"the same events {COPIES} times at once", covers=(38,))
def duplicates(world: World) -> None:
    for number in (OWN_NUMBERS + 1, OWN_NUMBERS + 3):
        made = order(STORE, number)
        body: dict[str, Any] = {"events": list(made.events)}
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(_post, [world] * COPIES, [body] * COPIES))
        accepted = sum(len(answer.get("accepted", [])) for answer in answers)
        if accepted != len(made.events):
            world.problems.append(f"{accepted} acceptances for {len(made.events)} events")
        world.shop.put([made])


def _post(world: World, body: dict[str, Any]) -> dict[str, list[str]]:
    answer = Shop(world.pairing).post("/v1/events", body)
    if answer.status_code != 202:
        world.problems.append(f"a duplicate was answered with {answer.status_code}")
        return {}
    found: dict[str, list[str]] = answer.json()
    return found


@scenario(
    "out-of-order", "the newest version first, the oldest last, with time between", covers=(40,)
)
def out_of_order(world: World) -> None:
    made = [order(STORE, OWN_NUMBERS + 3 * n) for n in range(1, 11)]
    for version in (1, 0):
        for each in made:
            _post(world, {"events": [each.events[version]]})
        time.sleep(3.0)
    world.shop.put(made)


@scenario(
    "same-id-other-body",
    "an id used again with another body is refused; the first stands",
    covers=(41,),
)
def other_body(world: World) -> None:
    for number in range(OWN_NUMBERS + 1, OWN_NUMBERS + 30, 3):
        made = order(STORE, number)
        _post(world, {"events": list(made.events)})
        changed = with_note(made.events[0], "another body", "0.01")
        answer = Shop(world.pairing).post("/v1/events", {"events": [changed]})
        if not answer.json().get("refused"):
            world.problems.append(f"another body under a used id: {answer.status_code}")
        world.shop.put([made])


@scenario("bad-neighbours", "events that make no sense in one batch with good ones", covers=(48,))
def bad_neighbours(world: World) -> None:
    for number in range(OWN_NUMBERS + 1, OWN_NUMBERS + 30, 3):
        made = order(STORE, number)
        bad = {**made.events[0], "id": "no-uuid", "version": -1}
        answer = Shop(world.pairing).post("/v1/events", {"events": [bad, *made.events, {}]})
        if len(answer.json()["accepted"]) != 1 or len(answer.json()["refused"]) != 2:
            world.problems.append(f"a bad neighbour: {answer.text[:100]}")
        world.shop.put([made])


@scenario(
    "crash-while-replaying",
    "parked deliveries tried again by a person, the worker killed meanwhile",
    covers=(42,),
)
def crash_while_replaying(world: World) -> None:
    for start, point in ((OWN_NUMBERS, "call-after"), (OWN_NUMBERS + 30, "call-before")):
        world.sandbox.harm("redirect", "/erp/orders", "POST")
        world.shop.put([order(STORE, number) for number in range(start, start + 4)])
        world.until("four are parked", lambda: len(world.parked()) >= 4)
        world.sandbox.heal()
        name = world.points.arm(point, match="POST /erp/orders")
        retry_all(world)
        hit: Hit = world.points.reached(name)
        world.worker_of(hit.pid).kill()
        hit.release()
        retry_all(world)


@scenario("burst", "5,000 orders at once", covers=(43, 44), on_request=True, within=1200)
def burst(world: World) -> None:
    dice = random.Random(5)
    numbers = list(range(OWN_NUMBERS, OWN_NUMBERS + 5000))
    dice.shuffle(numbers)
    world.shop.put([order(STORE, number) for number in numbers])


@scenario(
    "replay-range",
    "a window replayed twice, done deliveries too, while orders come in and a worker dies",
    covers=(42,),
    pending=lacks("causeway.cli.replay", "the replay of a time window"),
)
def replay_range(world: World) -> None:
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    world.until("orders are booked", lambda: len(world.sandbox.documents()) > 20)
    states = ["--state", "done", "--state", "waiting", "--state", "unknown", "--state", "parked"]
    words = ["replay", "deliveries", "--since", started[:10], *states, "--rate", "100", "--yes"]
    for _ in range(2):
        name = world.points.arm("call-after", match="GET /erp/orders")
        world.command(*words)
        hit: Hit = world.points.reached(name)
        world.worker_of(hit.pid).kill()
        hit.release()
