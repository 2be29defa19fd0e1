"""Guard rails: which changes a person must see before a shop shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from causeway.catalog.figures import Shown
from causeway.catalog.pricing import PriceFigure
from causeway.policy import StorePolicy

# rule → (what happened, what to do)
RULES: dict[str, tuple[str, str]] = {
    "price_not_positive": (
        "Prices of zero or less",
        "Correct them at the source; they are then released by themselves. Approve what is meant.",
    ),
    "price_change": (
        "Prices that change by more than the store allows",
        "Approve them if they are meant; otherwise correct them at the source.",
    ),
    "sale_above_regular": (
        "Sale prices that are not below the regular price",
        "Correct them at the source; they are then released by themselves.",
    ),
    "tax_mode": (
        "Prices with tax where the shop keeps them without, or the other way round",
        "Choose the right price list at the source, or correct prices_include_tax in the settings.",
    ),
    "currency": (
        "Prices in another currency than the shop's",
        "Give the connection a price list in the shop's currency.",
    ),
    "mass_price": (
        "More prices change at once than the store allows",
        "Approve them if they are meant; otherwise correct them at the source.",
    ),
    "mass_zero": (
        "More of the catalogue sells out at once than the store allows",
        "See whether the source is well; approve it if the shelves are empty. The shop sells on.",
    ),
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is held of a whole run for one store."""

    zero: bool = False
    prices: bool = False


@dataclass(slots=True)
class Tally:
    """What a run would change for one store, against the rows it has."""

    rows: int
    zeroed: int = 0
    repriced: int = 0

    def verdicts(self, policy: StorePolicy) -> Verdicts:
        return Verdicts(
            _too_many(self.zeroed, self.rows, policy.guard_zero_percent, policy),
            _too_many(self.repriced, self.rows, policy.guard_run_percent, policy),
        )


def at_worst(tally: Tally, shown: int, policy: StorePolicy) -> tuple[bool, bool]:
    """Whether stock, and prices, would be held if every SKU that is shown came out badly."""
    worst = Tally(tally.rows, shown, shown).verdicts(policy)
    return worst.zero, worst.prices


def price_rule(was: Shown | None, new: PriceFigure, policy: StorePolicy, held_run: bool) -> str:
    """The rule that keeps the price from the shop; empty when none does."""
    asked = [new.regular, *(t.regular for t in new.tiers)]
    sales = [(new.sale, new.regular), *((t.sale, t.regular) for t in new.tiers)]
    if any(amount <= 0 for amount in [*asked, *(s for s, _ in sales if s is not None)]):
        return "price_not_positive"
    if policy.prices_include_tax is not None and new.includes_tax != policy.prices_include_tax:
        return "tax_mode"
    if any(sale is not None and sale >= regular for sale, regular in sales):
        return "sale_above_regular"
    if was is None or was.regular is None:
        return ""
    if _jumps(was.regular, new.regular, policy) or _sale_jumps(was, new, policy):
        return "price_change"
    return "mass_price" if held_run and repriced(was, new) else ""


def stock_rule(was: Shown | None, new: Decimal, held_run: bool) -> str:
    return "mass_zero" if held_run and zeroed(was, new) else ""


def zeroed(was: Shown | None, new: Decimal | None) -> bool:
    return was is not None and (was.quantity or 0) > 0 and new is not None and new <= 0


def repriced(was: Shown | None, new: PriceFigure | None) -> bool:
    if was is None or was.regular is None or new is None:
        return False
    return was.regular != new.regular or was.sale != new.sale


def _jumps(was: Decimal, new: Decimal, policy: StorePolicy) -> bool:
    percent = policy.guard_price_percent
    return bool(percent) and was > 0 and abs(new - was) * 100 > was * percent


def _sale_jumps(was: Shown, new: PriceFigure, policy: StorePolicy) -> bool:
    """Against what the customer pays now; a sale that ends goes back to the regular price."""
    if new.sale is None:
        return False
    pays = was.sale if was.sale is not None else was.regular
    return pays is not None and _jumps(pays, new.sale, policy)


def _too_many(count: int, rows: int, percent: int, policy: StorePolicy) -> bool:
    return bool(percent) and count >= policy.guard_from_rows and count * 100 > rows * percent
