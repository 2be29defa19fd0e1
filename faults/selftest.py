"""The suite's own test: what it looks for is planted in the running thing, and must be found.

A worker that says it posted what it did not post, one that posts twice, and a write that comes
before what must precede it. A world in which nothing is planted must be found clean.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from faults import play
from faults.oracle import Count
from faults.play import Result
from faults.scenario import Harm, Scenario
from faults.world import STORE, World


def _nothing(world: World) -> None:
    """No harm."""


def _loss(world: World) -> None:
    world.points.reached(world.points.arm("call-before", "pretend", "POST /wms/requests"))


def _double(world: World) -> None:
    world.points.reached(world.points.arm("call-before", "twice", "POST /erp/orders"))


def _wrong_order(world: World) -> None:
    """The suite itself asks for the credit of an order that is not booked yet."""
    world.sandbox.harm("delay", "/erp/orders", "POST", seconds=1.0)
    number = next(n for n in range(play.FIRST_NUMBER, play.FIRST_NUMBER + 3) if n % 3 == 0)
    body = {
        "external_ref": f"{STORE}:{number}:refund:{number * 1000 + 1}",
        "order_external_ref": f"{STORE}:{number}:book",
        "currency": "EUR",
        "total": "1.00",
    }
    world.sandbox.post("/erp/credits", body)
    time.sleep(3.0)
    world.sandbox.heal()


# What is planted → the figures that must be found: lost, duplicated, reordered.
PLANTED: dict[str, tuple[Harm, tuple[int, int, int]]] = {
    "nothing": (_nothing, (0, 0, 0)),
    "a loss": (_loss, (1, 0, 0)),
    "a double": (_double, (0, 1, 0)),
    "a wrong order": (_wrong_order, (0, 0, 1)),
}


def run(ledger: str, orders: int) -> list[Result]:
    """One result each; ok when exactly what was planted was found."""
    return [
        found(f"planted: {name}", harm, wanted, lambda s: play.play(s, ledger, orders, 1))
        for name, (harm, wanted) in PLANTED.items()
    ]


def found(
    name: str, harm: Harm, wanted: tuple[int, int, int], played: Callable[[Scenario], Result]
) -> Result:
    result = played(Scenario(name, name, harm))
    count: Count = result.count
    same = (count.lost, count.duplicated, count.reordered) == wanted and count.accepted
    said = f"found {count.lost} lost, {count.duplicated} duplicated, {count.reordered} reordered"
    return replace(
        result,
        state="ok" if same else "FAILED",
        problems=() if same else (f"{said}; planted {wanted}", *result.problems),
        notes=(said,),
    )
