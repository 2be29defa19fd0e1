"""What bookkeepers need: payments, invoices, journal entries, and refunds they made themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from causeway.canonical.money import Money
from causeway.canonical.order import RefundLine


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an order. `reference` is the payment provider's, `method` the shop's."""

    order_id: str
    method: str
    reference: str
    amount: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of an entry: exactly one of `debit` and `credit` is not zero.

    `account` is the word the connection's mapping table translates: `sales`, `tax:<rate>`,
    `shipping`, `fees`, `gift_cards`, `rounding`, `payment:<method>`.
    """

    account: str
    debit: Money
    credit: Money
    text: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a sale or a refund means in the books. Debits equal credits to the minor unit."""

    store: str
    order_id: str
    order_number: str
    kind: Literal["sale", "refund"]
    date: date
    lines: tuple[JournalLine, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or credit note the other side made. `order_key` is our booking's key."""

    id: str
    number: str
    order_key: str
    kind: Literal["invoice", "credit_note"]
    total: Money
    open_amount: Money
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteRefund:
    """A refund decided at the other side that the shop must make. Amounts are positive.

    `id` is theirs and never used twice: with it the shop cannot refund twice. `pay_back` says
    whether the shop's payment provider shall return the money, or it was returned already.
    """

    id: str
    order_key: str
    amount: Money
    reason: str
    created_at: datetime
    lines: tuple[RefundLine, ...] = ()
    restock: bool = False
    pay_back: bool = False
