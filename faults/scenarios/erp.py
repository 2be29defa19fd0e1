"""The other side down, slow, in a storm, wrong, or dropping the line after the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from faults.errors import HarmFailed
from faults.scenario import lacks, scenario
from faults.world import World

STORM_SECONDS = 8.0
FAILURES_IN_A_ROW = 5
# Open for 5, 10 and 20 s, one probe after each; one more for chance in the lengths.
WATCHED_SECONDS, MOST_PROBES = 24.0, 4


def _storm(world: World, *faults: tuple[str, dict[str, object]]) -> None:
    """Faults in force at ERP and warehouse for a while, each striking its share of the writes."""
    for kind, more in faults:
        for path in ("/erp/*", "/wms/requests"):
            world.sandbox.harm(kind, path, "POST", **more)
    _met(world)
    time.sleep(STORM_SECONDS)
    world.notes.append(f"struck {world.sandbox.heal()} times")


def _met(world: World) -> None:
    """On a machine with much else to do the first call may take its time."""
    world.until("a request meets it", lambda: world.sandbox.struck() > 0)


@scenario("erp-down", "the back office refuses connections for 10 s", covers=(27,))
def down(world: World) -> None:
    time.sleep(2.0)
    world.processes["sandbox"].down()
    time.sleep(10.0)
    world.processes["sandbox"].start()


@scenario(
    "erp-killed", "the back office killed in the middle of its work, three times", covers=(27, 29)
)
def killed(world: World) -> None:
    for _ in range(3):
        time.sleep(2.0)
        world.processes["sandbox"].kill()


@scenario("erp-never-answers", "the back office takes requests and never answers", covers=(28,))
def never_answers(world: World) -> None:
    _storm(world, ("hang", {"seconds": 20, "probability": 0.5}))


@scenario("erp-slow-bytes", "answers come byte by byte", covers=(32,))
def slow_bytes(world: World) -> None:
    _storm(world, ("trickle", {"seconds": 3}))


@scenario(
    "erp-slow-work",
    "the work is done after we have given up waiting; the ERP refuses a used reference",
    covers=(28, 29),
    unique=True,
)
def slow_work(world: World) -> None:
    _storm(world, ("delay", {"seconds": 11, "probability": 0.3}))
    time.sleep(12.0)


@scenario(
    "erp-500-storm", "half of the writes answered with 500 or 503, worked on or not", covers=(30,)
)
def storm_500(world: World) -> None:
    _storm(
        world,
        ("status", {"status": 500, "probability": 0.2}),
        ("status_after", {"status": 500, "probability": 0.2}),
        ("status", {"status": 503, "retry_after": "1", "probability": 0.2}),
    )


@scenario(
    "erp-429-storm",
    "429 with Retry-After in seconds, as a date, unreadable, and without",
    covers=(30,),
)
def storm_429(world: World) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    _storm(
        world,
        ("status", {"status": 429, "retry_after": "2", "probability": 0.2}),
        ("status", {"status": 429, "retry_after": soon, "probability": 0.2}),
        ("status", {"status": 429, "retry_after": "soon", "probability": 0.2}),
        ("status", {"status": 429, "probability": 0.2}),
    )


@scenario("erp-worked-then-dropped", "the work is done and the line dropped", covers=(29, 36))
def worked_then_dropped(world: World) -> None:
    _storm(world, ("drop_after", {"probability": 0.4}))


@scenario("erp-dropped", "the line is dropped before the work", covers=(27,))
def dropped(world: World) -> None:
    _storm(world, ("drop_before", {"probability": 0.4}))


@scenario(
    "erp-wrong-answers",
    "200 with an error in the body, with HTML, and JSON cut short",
    covers=(31,),
)
def wrong_answers(world: World) -> None:
    _storm(
        world,
        ("error_body", {"probability": 0.2}),
        ("garbage", {"probability": 0.2}),
        ("truncated", {"probability": 0.2}),
    )


@scenario(
    "erp-redirects",
    "some writes are answered with a redirect: cases; a person then retries",
    covers=(33,),
)
def redirects(world: World) -> None:
    world.sandbox.harm("redirect", "/erp/orders", "POST", times=6)
    world.until("all six struck", lambda: world.sandbox.struck() >= 6)
    world.sandbox.heal()
    world.until("they are parked", lambda: len(world.parked()) >= 6)
    if world.cases()[0] < 6:
        world.problems.append("parked deliveries without a case")
    retry_all(world)
    world.until("their cases are settled", lambda: not world.cases()[0], 90)


@scenario(
    "erp-look-up-fails", "the line dropped after the work, and the look-up fails too", covers=(29,)
)
def look_up_fails(world: World) -> None:
    world.sandbox.harm("drop_after", "/erp/orders", "POST", probability=0.4)
    _met(world)
    time.sleep(3.0)
    world.sandbox.harm("status", "/erp/orders", "GET", status=500)
    time.sleep(8.0)
    world.notes.append(f"struck {world.sandbox.heal()} times")


@scenario(
    "one-dead-one-healthy",
    "the warehouse answers no write; the ERP's orders go on meanwhile",
    covers=(35,),
)
def one_dead(world: World) -> None:
    world.sandbox.harm("hang", "/wms/requests", "POST", seconds=60)
    world.until("the warehouse is met", lambda: world.sandbox.struck() > 0)
    world.until("every order is booked", _all_booked(world), 60)
    world.sandbox.heal()


def _all_booked(world: World) -> Callable[[], bool]:
    """Whether all orders that were put in so far, and all to come, stand in the ERP's books."""

    def look() -> bool:
        standing = {document.ref for document in world.sandbox.documents()}
        orders = world.shop.accepted
        full = bool(orders) and len(orders) == world.shop.put_in and world.shop.drained(0.01)
        return full and all(order.expected.book in standing for order in orders)

    return look


def retry_all(world: World) -> None:
    """Each parked delivery, by the command a person would use."""
    for number in world.parked():
        world.command("delivery", "retry", str(number))


@scenario(
    "half-open-breaker",
    "16 workers meet a breaker that is half open: one probe at a time reaches the ERP",
    covers=(34,),
    workers=16,
    pending=lacks("causeway.engine.limits", "a circuit breaker"),
)
def half_open(world: World) -> None:
    """It opens for 5, 10, 20 s: no more probes than that may be seen, however many workers wait."""
    for method in ("POST", "GET"):
        world.sandbox.harm("drop_before", "/erp/orders", method)
    world.until("the breaker opens", lambda: world.sandbox.struck() >= FAILURES_IN_A_ROW)
    time.sleep(3.0)  # calls that were under way
    before = world.sandbox.struck()
    time.sleep(WATCHED_SECONDS)
    probes = world.sandbox.struck() - before
    world.sandbox.heal()
    world.notes.append(f"{probes} probes in {WATCHED_SECONDS:.0f} s")
    if not probes:
        raise HarmFailed("the breaker was never half open")
    if probes > MOST_PROBES:
        world.problems.append(f"{probes} calls in {WATCHED_SECONDS:.0f} s, {MOST_PROBES} allowed")
