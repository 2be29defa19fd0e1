"""What a scenario is, and the register of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from faults.world import World

BOTH = ("sqlite", "postgresql")
Harm = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`harm` runs while orders come in, and returns when it has mended what it broke.

    `covers` are numbers of the list of faults in the README. `within` is how long (s) all may take
    to come to rest afterwards. `pending` says what the product lacks for it: it is then not run
    and never counted as passed. `needs` raises LeftOut where the machine lacks something.
    """

    name: str
    what: str
    harm: Harm
    covers: tuple[int, ...] = ()
    ledgers: tuple[str, ...] = BOTH
    unique: bool = False
    workers: int = 2
    aof: bool = True
    disk_bytes: int = 0
    within: float = 150.0
    settings: Mapping[str, str] = field(default_factory=dict)
    pending: str = ""
    on_request: bool = False


def lacks(module: str, what: str) -> str:
    """Why a scenario is pending: empty once the product has the module that it is about."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    return "" if found else f"not in the product yet: {what}"


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, what: str, **more: object) -> Callable[[Harm], Harm]:
    """Register the function below as a scenario."""

    def keep(harm: Harm) -> Harm:
        SCENARIOS[name] = Scenario(name, what, harm, **more)  # type: ignore[arg-type]
        return harm

    return keep
