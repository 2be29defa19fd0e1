"""A product as an ERP or PIM describes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property. `varies` says that variations differ by it."""

    name: str
    values: tuple[str, ...]
    varies: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """One product or variation; `id` is the source's own and stays. `changed_at` is UTC.

    A variation names its parent's SKU and has one value for each attribute its parent varies by.
    Texts are what the source has, HTML included where it keeps HTML; the shop sanitises. None
    means that the source says nothing, empty that there is nothing.
    """

    id: str
    sku: str
    changed_at: datetime
    gtin: str = ""
    parent_sku: str = ""
    name: str | None = None
    description: str | None = None
    short_description: str | None = None
    images: tuple[str, ...] | None = None
    """Addresses (https), the first is the main one."""
    categories: tuple[str, ...] | None = None
    """Paths from the top: `Home > Kitchen`."""
    attributes: tuple[Attribute, ...] | None = None
    weight_kg: str | None = None
    tax_class: str | None = None
    active: bool = True
    """Whether it shall be on sale at all; false makes the shop's product a draft."""
