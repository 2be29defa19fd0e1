"""Redis emptied, killed, full, away and frozen. It only ever held hints."""

from __future__ import annotations

import signal
import time

from faults.errors import HarmFailed
from faults.scenario import scenario
from faults.world import World

AWAY_SECONDS = 20.0


@scenario("redis-emptied", "FLUSHALL every half second while orders come in", covers=(12,))
def emptied(world: World) -> None:
    for _ in range(16):
        world.redis.flushall()
        time.sleep(0.5)


@scenario("redis-killed", "Redis killed and started again, three times", covers=(13,))
def killed(world: World) -> None:
    for _ in range(3):
        time.sleep(2.0)
        world.processes["redis"].kill()


@scenario(
    "redis-killed-without-aof", "the same, with a Redis that keeps nothing", covers=(11,), aof=False
)
def without_aof(world: World) -> None:
    killed(world)


@scenario("redis-full", "Redis at its maxmemory refuses to take anything", covers=(14,))
def full(world: World) -> None:
    time.sleep(2.0)
    world.redis.config_set("maxmemory", 1)
    refused = _is_full(world)
    time.sleep(8.0)
    world.redis.config_set("maxmemory", 0)
    if not refused:
        raise HarmFailed("Redis took a value although it was full")


def _is_full(world: World) -> bool:
    from redis.exceptions import ResponseError

    try:
        world.redis.set("faults", "x")
    except ResponseError:
        return True
    return False


@scenario(
    "redis-away", f"no Redis for {AWAY_SECONDS:.0f} s; intake keeps answering 202", covers=(17,)
)
def away(world: World) -> None:
    redis = world.processes["redis"]
    time.sleep(1.0)
    redis.down()
    before, failures = len(world.shop.acknowledged), world.shop.failures
    time.sleep(AWAY_SECONDS)
    if len(world.shop.acknowledged) == before:
        world.problems.append("nothing was acknowledged while Redis was away")
    if world.shop.failures > failures:
        world.problems.append(
            f"{world.shop.failures - failures} requests of the shop failed while Redis was away"
        )
    redis.start()


@scenario("redis-frozen", "Redis takes connections and answers nothing for 8 s", covers=(18,))
def frozen(world: World) -> None:
    time.sleep(1.0)
    redis = world.processes["redis"]
    redis.signal(signal.SIGSTOP)
    time.sleep(8.0)
    redis.signal(signal.SIGCONT)


@scenario(
    "redis-jobs-lost",
    "jobs vanish between the queue and the worker; job hashes are evicted",
    covers=(15, 16),
)
def jobs_lost(world: World) -> None:
    lost = 0
    end = time.monotonic() + 8.0
    while time.monotonic() < end:
        for key in world.redis.scan_iter("rq:queue:*"):
            lost += world.redis.lpop(key) is not None
        for key in world.redis.scan_iter("rq:job:*"):
            lost += int(world.redis.delete(key))
        time.sleep(0.005)
    if not lost:
        raise HarmFailed("no job was there to be lost")
    world.notes.append(f"{lost} jobs lost")
