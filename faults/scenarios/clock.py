"""Clocks set back under the processes at work. The clock is an injected one (`faults.inside`)."""

from __future__ import annotations

import time

from faults.scenario import scenario
from faults.world import World


@scenario(
    "clock-set-back",
    "the clock of all processes set back by an hour for 5 s, then right again",
    covers=(37,),
)
def set_back(world: World) -> None:
    time.sleep(3.0)
    world.points.shift_clock(-3600)
    time.sleep(5.0)
    world.points.shift_clock(0)


@scenario(
    "clock-set-back-for-good",
    "an hour ahead while workers die and lines drop, then set right",
    covers=(37,),
)
def set_right(world: World) -> None:
    """What began under the wrong clock must not wait for an hour: neither the leases of a worker
    that died, nor what is due again after a dropped line. The web's clock stays right, or it
    would refuse every shop.
    """
    world.points.shift_clock(3600, web=False)
    world.sandbox.harm("drop_after", "/erp/orders", "POST", times=3)
    world.until("three lines were dropped", lambda: world.sandbox.struck() >= 3)
    for _ in range(2):
        world.points.reached(world.points.arm("call-after", "die", "POST /erp/orders"))
    world.sandbox.heal()
    world.points.shift_clock(0)


@scenario(
    "clock-jumps-ahead",
    "the clock jumps ahead by six minutes, over every lease, and back",
    covers=(37,),
    unique=True,
)
def ahead(world: World) -> None:
    time.sleep(3.0)
    world.points.shift_clock(360)
    time.sleep(5.0)
    world.points.shift_clock(0)
