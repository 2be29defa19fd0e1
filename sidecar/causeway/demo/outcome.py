"""What became of one order, read from its journey: one row of the table, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from causeway.demo.books import Books
from causeway.demo.payloads import Payload

# Nothing is to be done for these; they wait for the shop.
QUIET = ("received", "cancelled")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`why` says what a person should know; `problems` what must not be."""

    payload: Payload
    state: str
    booked_as: str = ""
    request: str = ""
    tracking: str = ""
    refunds: str = ""
    seconds: float | None = None
    why: str = ""
    problems: tuple[str, ...] = ()


def settled(journey: dict[str, Any] | None) -> bool:
    """Whether the journey has come as far as it can by itself."""
    if journey is None:
        return False
    state = journey["state"]["value"]
    if journey["cases"]:
        return all(d["state"]["value"] in ("done", "parked") for d in journey["deliveries"])
    if any(d["state"]["value"] != "done" for d in journey["deliveries"]):
        return False
    return state in (*QUIET, "closed")


def read(
    payload: Payload, journey: dict[str, Any] | None, store: str, books: Books | None
) -> Outcome:
    """The row for one order, and whether it arrived exactly once or became a case that says why."""
    if journey is None:
        return Outcome(payload, "lost", problems=("never arrived",))
    state = journey["state"]["value"]
    steps = {m["name"]: m for m in journey["milestones"]}
    case = journey["cases"][0] if journey["cases"] else None
    problems = [] if settled(journey) else ["did not come to its end in time"]
    key = f"{store}:{payload.order_id}:book"
    if books is not None:
        problems += _against(books, journey, key, payload)
    if state in ("held", "not_understood") and case is None:
        problems.append("is held without a case that says why")
    return Outcome(
        payload,
        state,
        booked_as=journey["booked_as"],
        request=steps.get("released", {}).get("detail", ""),
        tracking=steps.get("shipped", {}).get("detail", ""),
        refunds=", ".join(m["detail"] for m in journey["milestones"] if m["name"] == "refunded"),
        seconds=_seconds(steps),
        why=_told(case) if case else _why(state, payload),
        problems=tuple(problems),
    )


def _against(books: Books, journey: dict[str, Any], key: str, payload: Payload) -> list[str]:
    if not journey["booked_as"]:
        return ["stands in the ERP's books but should not"] if key in books.orders else []
    found = books.problems(key, payload.total)
    for delivery in journey["deliveries"]:
        kinds = {"refund": books.credits, "request": books.requests}
        if delivery["operation"] in kinds and delivery["state"]["value"] == "done":
            count = kinds[delivery["operation"]].get(delivery["key"], (0, ""))[0]
            if count != 1:
                found.append(f"{delivery['key']} stands {count} times in the books")
    return found


def _seconds(steps: dict[str, Any]) -> float | None:
    if "booked" not in steps or "received" not in steps:
        return None
    booked, received = (datetime.fromisoformat(steps[n]["at"]) for n in ("booked", "received"))
    return (booked - received).total_seconds()


def _told(case: dict[str, Any]) -> str:
    """The case's title, and the field where that is what a person would ask next."""
    understood = case["kind"] != "not_understood"
    return str(case["title"] if understood else f"{case['title']}: {case['detail']}")


def _why(state: str, payload: Payload) -> str:
    if state in QUIET:
        return f"not to be booked: {payload.status} in the shop"
    return ""
