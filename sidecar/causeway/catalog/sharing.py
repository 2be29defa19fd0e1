"""Sharing what is free among stores, so that all of them together never sell more than there is.

Each shop sells from a figure of its own, and hears of a new one later. So a store's figure is a
grant: until the shop has said that a lower one is in force, it may still sell up to the higher
one. What is taken from one store is given to another only after that word.

The theorem. Let a store's *exposure* be the most it may still sell of the SKU on any figure that
may be in force there. As long as

1. a shop sets its stock to the figure less its own orders that the figure does not count, raises
   it in no other way, and says of a figure below what those orders take that it is in force only
   once they have arrived here,
2. a source's figures as of a time count exactly the orders it counted before that time, and
3. what else leaves the warehouses unannounced since the figures used does not exceed the buffer,

then for every set of warehouses: what is free there, less what accepted orders of the stores that
sell from nowhere else still take, is at least the exposure of those stores. By Hall's theorem
every unit sold can then be sent from a warehouse its store may use.

A figure of the source that falls by itself (3) is made up for by later grants: exposure that is
already given out is never more than what was there when it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

ZERO, ONE = Decimal(0), Decimal(1)
Reach = frozenset[str]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a store was told it may sell, less what it has sold of it since.

    `remaining` is left of the latest figure, `exposed` of the highest that may be in force.
    """

    remaining: Decimal = ZERO
    exposed: Decimal = ZERO

    def sold(self, quantity: Decimal) -> Grant:
        """An order of the store arrived; a negative quantity: it gave some back."""
        return Grant(max(self.remaining - quantity, ZERO), max(self.exposed - quantity, ZERO))

    def told(self, figure: Decimal) -> Grant:
        """A new figure stands in the store's feed."""
        return Grant(figure, max(self.exposed, figure))

    def confirmed(self) -> Grant:
        """The store has put the latest figure in force."""
        return replace(self, exposed=self.remaining)


@dataclass(frozen=True, slots=True)
class Seller:
    """One store and the places it sells from.

    `owed` is what its accepted orders take that no figure counts yet; `buffer` what it leaves
    lying; `share` its weight among the others. A store outside the shares (`pooled`) is shown all
    that is free each time: several of them may sell the same unit at the same moment.
    """

    store: str
    reach: Reach
    share: int = 1
    buffer: Decimal = ZERO
    owed: Decimal = ZERO
    exposed: Decimal = ZERO
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class Allotted:
    """`figure` is what the store may sell. `bound` names the places that limit it.

    There `owed` is taken by orders, `elsewhere` may be sold by others, and `room` is left, which
    is below zero where more was sold or given out than there is.
    """

    figure: Decimal
    bound: Reach
    owed: Decimal
    elsewhere: Decimal
    room: Decimal


@dataclass(frozen=True, slots=True)
class _Limit:
    """The sellers that sell from nowhere but these places, and what is free there for them."""

    places: Reach
    members: frozenset[str]
    free: Decimal


def allot(free: Mapping[str, Decimal], sellers: Sequence[Seller]) -> dict[str, Allotted]:
    """What each store may sell; `free` is what lies free in each place, orders not taken off.

    Lowers at once where too much is out, raises only by what nobody else may still sell.
    """
    selling = [s for s in sellers if s.reach]
    if len(selling) == 1:
        return {selling[0].store: _alone(free, selling[0])}
    limits = _limits(free, selling)
    by_name = {s.store: s for s in selling}
    shared = [s for s in selling if not s.pooled]
    targets = _targets(limits, shared)
    exposed = {s.store: s.exposed for s in shared}
    found: dict[str, Allotted] = {}
    for seller in sorted(shared, key=lambda s: (targets[s.store] > s.exposed, s.store)):
        others = {name: out for name, out in exposed.items() if name != seller.store}
        limit, room = _tightest(limits, seller, others)
        raised = min(targets[seller.store], room - seller.buffer)
        figure = min(targets[seller.store], max(raised, seller.exposed))
        exposed[seller.store] = max(seller.exposed, figure)
        found[seller.store] = _told(figure, limit, by_name, others, room)
    for seller in (s for s in selling if s.pooled):
        limit, room = _tightest(limits, seller, exposed)
        figure = max(room - seller.buffer, ZERO)
        found[seller.store] = _told(figure, limit, by_name, exposed, room)
    return found


def _alone(free: Mapping[str, Decimal], seller: Seller) -> Allotted:
    """All that lies there is for the one store that sells it: what the rest comes to, at once."""
    room = sum((free.get(place, ZERO) for place in seller.reach), ZERO) - seller.owed
    return Allotted(max(room - seller.buffer, ZERO), seller.reach, seller.owed, ZERO, room)


def _limits(free: Mapping[str, Decimal], sellers: Iterable[Seller]) -> list[_Limit]:
    """One for each union of reaches; these are all the sets that Hall's condition asks about."""
    everyone = list(sellers)
    unions: set[Reach] = set()
    for reach in {s.reach for s in everyone}:
        unions |= {union | reach for union in unions} | {reach}
    found = []
    for union in sorted(unions, key=lambda u: (len(u), sorted(u))):
        members = [s for s in everyone if s.reach <= union]
        left = sum((free.get(place, ZERO) for place in union), ZERO)
        left -= sum((s.owed for s in members), ZERO)
        found.append(_Limit(union, frozenset(s.store for s in members), left))
    return found


def _targets(limits: Sequence[_Limit], sellers: Sequence[Seller]) -> dict[str, Decimal]:
    """Each one's share in whole pieces; what is left over goes to who holds most already."""
    if len(sellers) == 1:
        mine = sellers[0]
        room = min(limit.free for limit in limits if mine.store in limit.members)
        return {mine.store: max(room - mine.buffer, ZERO)}
    fair = {seller.store: _fair(limits, seller, sellers) for seller in sellers}
    targets = dict(fair)
    for seller in sorted(sellers, key=lambda s: (-s.exposed, s.store)):
        more = min(ONE, _room(limits, seller, targets) - seller.buffer)
        while more > 0:
            targets[seller.store] += more
            more = min(ONE, _room(limits, seller, targets) - seller.buffer)
            if targets[seller.store] >= fair[seller.store] + ONE:
                break
    return targets


def _fair(limits: Sequence[_Limit], seller: Seller, sellers: Sequence[Seller]) -> Decimal:
    parts = []
    for limit in limits:
        if seller.store in limit.members:
            weight = sum(s.share for s in sellers if s.store in limit.members)
            for_sale = max(limit.free - seller.buffer, ZERO)
            parts.append(for_sale * seller.share / weight if weight else ZERO)
    return min(parts) // ONE


def _room(limits: Sequence[_Limit], seller: Seller, taken: Mapping[str, Decimal]) -> Decimal:
    return _tightest(limits, seller, taken)[1]


def _tightest(
    limits: Sequence[_Limit], seller: Seller, taken: Mapping[str, Decimal]
) -> tuple[_Limit, Decimal]:
    """The limit that leaves this seller least, and what it leaves."""
    rooms = [
        (limit, limit.free - sum((taken.get(name, ZERO) for name in limit.members), ZERO))
        for limit in limits
        if seller.store in limit.members
    ]
    return reduce(lambda a, b: b if b[1] < a[1] else a, rooms)


def _told(
    figure: Decimal,
    limit: _Limit,
    sellers: Mapping[str, Seller],
    others: Mapping[str, Decimal],
    room: Decimal,
) -> Allotted:
    return Allotted(
        figure,
        limit.places,
        sum((sellers[name].owed for name in limit.members), ZERO),
        sum((out for name, out in others.items() if name in limit.members), ZERO),
        room,
    )
