"""Whether a karrio connection can be used: token, carriers, addresses; each problem in words."""

from __future__ import annotations

from collections.abc import Sequence

from causeway.connectors.base import Check
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.options import KarrioOptions
from causeway.errors import ConnectorError, CredentialsError

_REFUSED = (
    "it does not accept our token; copy the API key from karrio (Developers, API keys) of the"
    " account that sends these orders"
)

_NO_CARRIER = (
    "no carrier is connected in the token's mode (live or test); connect one in karrio, under"
    " Carriers, in the mode of the API key"
)


def check(client: KarrioClient, options: KarrioOptions) -> Check:
    try:
        carriers = client.carriers()
        version = client.version()
    except CredentialsError:
        return Check(False, _REFUSED, (_REFUSED,))
    except ConnectorError as error:
        return Check(False, error.reason, (error.reason,))
    active = [row for row in carriers if row.get("active")]
    problems = [*_carriers(active, carriers), *_rules(active, options), *_tracking(active, options)]
    if problems:
        return Check(False, f"{len(problems)} things to mend", tuple(problems))
    return Check(True, f"karrio {version}, {_mode(active)}, carriers: {_names(active)};"
                       f" {_way(options)}")  # fmt: skip


def _carriers(active: Sequence[Record], all_of_them: Sequence[Record]) -> list[str]:
    shipping = [row for row in active if "shipping" in _can(row)]
    if shipping:
        return []
    if not all_of_them:
        return [_NO_CARRIER]
    return [f"none of its carriers is active and may make labels: {_names(all_of_them)}"]


def _rules(active: Sequence[Record], options: KarrioOptions) -> list[str]:
    known = {str(row["carrier_id"]) for row in active}
    return [
        f"the options name the carrier {rule.carrier!r}, which is not connected or not active in"
        f" the token's mode; connected: {_names(active) or 'none'}"
        for rule in options.services if rule.carrier and rule.carrier not in known
    ]  # fmt: skip


def _tracking(active: Sequence[Record], options: KarrioOptions) -> list[str]:
    """Who waits until parcels move needs carriers that say so."""
    silent = [row for row in active if "tracking" not in _can(row)]
    if options.left != "moving" or not silent:
        return []
    return [f'left = "moving" waits for these, which do not report their parcels: {_names(silent)}']


def _mode(active: Sequence[Record]) -> str:
    """A token is for one mode, and so are the carriers it sees."""
    test = any(row.get("test_mode") for row in active)
    return "in test mode: labels are no real ones" if test else "live: labels cost money"


def _way(options: KarrioOptions) -> str:
    if options.labels == "by_hand":
        return "labels are bought by hand in karrio"
    return f"labels are bought at once, {options.choose} unless a rule says otherwise"


def _can(row: Record) -> Sequence[str]:
    found = row.get("capabilities") or []
    return found if isinstance(found, list) else []


def _names(rows: Sequence[Record]) -> str:
    return ", ".join(sorted(str(row["carrier_id"]) for row in rows))
