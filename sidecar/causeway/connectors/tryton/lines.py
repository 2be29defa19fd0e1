"""The lines of a sale: ours against those that stand there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from causeway.connectors.tryton.client import Record
from causeway.connectors.tryton.directory import Product
from causeway.connectors.tryton.mapper import SaleLine


@dataclass(frozen=True, slots=True)
class Counterparts:
    """The ids the lines of one sale need, by our names."""

    products: Mapping[str, Product]
    taxes: Mapping[str, int]


def difference(
    wanted: tuple[SaleLine, ...], rows: list[Record], ids: Counterparts
) -> tuple[list[Record], list[SaleLine]]:
    """Rows that should not be there (or not so, or not twice) and lines that are missing."""
    missing = {line.number: line for line in wanted}
    wrong = []
    for row in sorted(rows, key=lambda row: int(row["id"])):
        line = missing.get(row["sequence"])
        if line is not None and _same(line, row, ids):
            del missing[line.number]
        else:
            wrong.append(row)
    return wrong, list(missing.values())


def _same(line: SaleLine, row: Record, ids: Counterparts) -> bool:
    return (
        row["product"] == ids.products[line.product].id
        and Decimal(row["quantity"]) == line.quantity
        and row["unit_price"] == line.unit_price
        and set(row["taxes"]) == {ids.taxes[name] for name in line.taxes}
    )


def amount_of(row: Record) -> Decimal:
    """What a row adds to the sale, before rounding."""
    return Decimal(row["quantity"]) * Decimal(row["unit_price"])


def values_of(line: SaleLine, ids: Counterparts) -> Record:
    """The line as Tryton is to create it; it fills in nothing by itself over REST."""
    product = ids.products[line.product]
    return {
        "sequence": line.number,
        "product": product.id,
        "unit": product.unit,
        "quantity": float(line.quantity),  # Tryton's quantities are floats on the wire
        "unit_price": line.unit_price,
        "taxes": [["add", [ids.taxes[name] for name in line.taxes]]] if line.taxes else [],
        "description": line.description,
    }
