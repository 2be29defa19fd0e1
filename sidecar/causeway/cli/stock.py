"""causeway stock: why a figure is as it is, and what is wrong with the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import orjson
from sqlalchemy import Connection

from causeway.catalog import drift, inconsistencies
from causeway.catalog import explain as explaining
from causeway.catalog.figures import StoreTerms
from causeway.catalog.sources import mark_dirty
from causeway.cli.common import actor, build, local, table
from causeway.engine.cataloguing import terms_of
from causeway.errors import CausewayError
from causeway.feed.stock_views import plain
from causeway.ledger import audit


@click.group()
def stock() -> None:
    """Explain, check and correct stock."""


@stock.command()
@click.argument("store")
@click.argument("sku")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def explain(store: str, sku: str, as_json: bool) -> None:
    """Why is this 7? Every row the figure is made of.

    \b
    causeway stock explain berlin MUG-01
    """
    parts = build()
    with parts.ledger.read() as connection:
        terms = terms_of(parts.context, connection)
        found = explaining.explain(connection, terms, store, sku, parts.context.now())
    if found is None:
        raise CausewayError(f"nobody has reported {sku} for store {store}")
    said = plain(found)
    if as_json:
        click.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
        return
    zone = parts.settings.policy(store).timezone
    click.echo(f"{sku} in {store}: {said['quantity'] or '—'} may be sold")
    rows = [
        [p["quantity"].rjust(8), p["words"], p["note"], local(p["at"], zone) if p["at"] else ""]
        for p in said["parts"]
    ]
    click.echo(table(["quantity", "why", "", "as of"], rows))
    click.echo(f"the catalogue says {said['shown'] or '—'}; the shop last said "
               f"{said['in_shop'] or '—'} ({local(found.in_shop_at, zone)})")  # fmt: skip
    for reason in said["price"]:
        click.echo(f"price: {reason['price'] or '—'}  {reason['kind']}: {reason['note']}")
    for held in said["held"]:
        click.echo(f"held ({held['rule']}): {held['part']} {held['was']} → {held['new']}")
    if not found.asked:
        click.echo(
            "The shop has not asked for its catalogue yet; it is told no quantity till then."
        )
    if found.waiting:
        click.echo("Something changed just now; the catalogue is about to be worked out anew.")


@stock.command()
@click.option("--repair", is_flag=True, help="Put right what can be put right.")
def check(repair: bool) -> None:
    """List rows that nothing stands behind, figures that their sources do not make, and shops
    that show something else. Ends with 1 while there is something to repair.

    \b
    causeway stock check --repair
    """
    parts = build()
    now = parts.context.now()
    sources = [c.name for c in parts.settings.connections]
    with parts.ledger.read() as connection:
        found = inconsistencies.find(connection, now, sources)
        terms = terms_of(parts.context, connection)
        drifts = drift.with_sources(connection, terms, drift.find(connection, now), now)
        stale = list(_stale(connection, terms))
    for item in found:
        about = f"{item.store}:{item.ref}" if item.ref else item.store
        click.echo(f"{item.kind}  {about}  {item.sku}  {item.quantity}  → {item.remedy}")
    for it in stale:
        click.echo(f"figure_of_no_source  {it.store}  {it.sku}: here {it.catalog}, sources "
                   f"{it.source}  → work it out anew")  # fmt: skip
    for gap in drifts:
        said = f"shop {gap.shop}, here {gap.catalog}, sources {gap.source}"
        click.echo(f"drift  {gap.store}  {gap.sku} {gap.part}: {said}  → causeway stock correct")
    wrong = len(found) + len(stale)
    if repair and wrong:
        with parts.ledger.write() as connection:
            inconsistencies.repair(connection, found, now)
            mark_dirty(connection, [it.sku for it in stale], now)
            audit.note(connection, actor(), "stock_repair", f"{wrong} rows", now)
        parts.hints.project()
        click.echo(f"Repaired: {wrong}.")
    elif not wrong and not drifts:
        click.echo("Everything fits.")
    raise SystemExit(1 if wrong and not repair else 0)


def _stale(connection: Connection, terms: Sequence[StoreTerms]) -> Iterator[drift.Stale]:
    found, last = drift.stale(connection, terms, "", 500)
    yield from found
    while last:
        found, last = drift.stale(connection, terms, last, 500)
        yield from found


@stock.command()
@click.argument("store")
@click.argument("skus", nargs=-1)
def correct(store: str, skus: tuple[str, ...]) -> None:
    """Tell a shop its figures again: of the SKUs named, or of all that it shows otherwise.

    \b
    causeway stock correct berlin MUG-01
    """
    parts = build()
    now = parts.context.now()
    with parts.ledger.write() as connection:
        wanted = list(skus) or sorted({d.sku for d in drift.find(connection, now, store)})
        done = drift.correct(connection, store, wanted, now)
        audit.note(connection, actor(), "stock_correct", f"{store}: {done} SKUs", now)
    click.echo(f"{done} SKUs stand in the feed of {store} again.")
