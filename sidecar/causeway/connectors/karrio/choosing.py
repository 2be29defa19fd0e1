"""Which of a shipment's rates is bought. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from causeway.connectors.karrio.options import KarrioOptions, ServiceRule
from causeway.errors import RejectedError


@dataclass(frozen=True, slots=True)
class Rate:
    """One offer for a shipment. `days` is None where the carrier does not say how long it takes."""

    id: str
    carrier: str
    service: str
    amount: Decimal
    currency: str
    days: int | None = None


def rule_for(options: KarrioOptions, shipping: str, country: str) -> ServiceRule:
    """The first rule for orders of this shipping method and country; else any service at all."""
    method = shipping.strip().casefold()
    for rule in options.services:
        there = not rule.countries or country in rule.countries
        if there and fnmatchcase(method, rule.shipping.casefold()):
            return rule
    return ServiceRule(choose=options.choose)


def choose(rates: Sequence[Rate], rule: ServiceRule) -> Rate:
    """The rate the rule asks for. Raises RejectedError, naming what there is instead."""
    fitting = [
        rate for rate in rates
        if rule.carrier in ("", rate.carrier) and rule.service in ("", rate.service)
    ]  # fmt: skip
    if not fitting:
        raise RejectedError(
            f"no carrier offers {_wanted(rule)} for this parcel; offered: {_offered(rates)}",
            code="no_rate",
        )
    currencies = sorted({rate.currency for rate in fitting})
    if rule.choose == "cheapest" and len(currencies) > 1:
        raise RejectedError(
            f"rates in {' and '.join(currencies)} cannot be compared; name a carrier or a service"
            " for these orders under `services` in the connection's options",
            code="currencies",
        )
    if rule.choose == "fastest":
        return min(fitting, key=lambda rate: (_days(rate), rate.amount, rate.id))
    return min(fitting, key=lambda rate: (rate.amount, _days(rate), rate.id))


def _days(rate: Rate) -> int:
    """One that does not say how long it takes comes last."""
    return 10_000 if rate.days is None else rate.days


def _wanted(rule: ServiceRule) -> str:
    named = rule.service or "any service"
    return f"{named} of {rule.carrier}" if rule.carrier else named


def _offered(rates: Sequence[Rate]) -> str:
    return ", ".join(sorted({f"{r.service} of {r.carrier}" for r in rates})[:10]) or "nothing"
