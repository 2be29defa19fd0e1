"""causeway replay: do again what was not done, or be sure that it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click

from causeway.bootstrap import Causeway
from causeway.cli.common import actor, build, table
from causeway.engine.case_desk import CaseDesk
from causeway.engine.replay import Replayer, due
from causeway.engine.summary import summary
from causeway.errors import CausewayError
from causeway.ledger import replay as replays
from causeway.ledger import replay_events
from causeway.ledger.replay import Selection
from causeway.ledger.replay_events import EventSelection
from causeway.ledger.tables import orders

PREVIEW = click.option("--preview", is_flag=True, help="Only show what would be done.")
YES = click.option("--yes", is_flag=True, help="Do it without asking.")
RATE = click.option(
    "--rate", type=click.FloatRange(0.01, 1000), default=10.0, show_default=True, help="A second."
)
TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
SINCE = click.option("--since", type=click.DateTime(TIMES), help="From then on (UTC).")
UNTIL = click.option("--until", type=click.DateTime(TIMES), help="Before then (UTC).")
LOOKED_UP = (
    "Each is looked up under its key at its connection first; what stands there is adopted, only "
    "what does not is sent."
)


@click.group()
def replay() -> None:
    """Replay deliveries, an order, a case or events; see first what would be sent.

    \b
    causeway replay delivery 17 --preview
    causeway replay deliveries --connection erp --state parked --rate 5
    """


@replay.command()
@click.argument("delivery_id", type=click.IntRange(1))
@PREVIEW
@YES
def delivery(delivery_id: int, preview: bool, yes: bool) -> None:
    """One delivery, also one that is done: it is looked up and never doubled.

    \b
    causeway replay delivery 17 --yes
    """
    _run(build(), Selection(delivery_id=delivery_id, states=_states(())), preview, yes)


@replay.command()
@click.argument("number")
@click.option("--store", help="Which shop's, where several have one of this number.")
@click.option("--done", is_flag=True, help="Also what is done: it is looked up.")
@PREVIEW
@YES
def order(number: str, store: str | None, done: bool, preview: bool, yes: bool) -> None:
    """All deliveries of an order, and what it asked for when nobody was there to do it.

    \b
    causeway replay order 1042 --done --preview
    """
    parts = build()
    name, order_id = _order(parts, number, store)
    chosen = Selection(store=name, order_id=order_id)
    if done:
        chosen = replace(chosen, states=_states(()))
    if not preview:
        with parts.ledger.write() as connection:
            added = Replayer(parts.context, actor()).order(connection, name, order_id)
        if added:
            click.echo(f"{added} deliveries that nobody could do before are planned.")
            parts.hints.work()
    _run(parts, chosen, preview, yes)


@replay.command()
@click.option("--store")
@click.option("--connection")
@click.option("--operation", help="book, refund, request, …")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([s.value for s in replays.REPLAYABLE]),
    help="Again for several; all that are not done if left out.",
)
@SINCE
@UNTIL
@RATE
@PREVIEW
@YES
def deliveries(
    store: str | None,
    connection: str | None,
    operation: str | None,
    states: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    rate: float,
    preview: bool,
    yes: bool,
) -> None:
    """The deliveries of a stretch of time, a connection, a store, an operation, a state.

    \b
    causeway replay deliveries --connection erp --since 2026-11-20T08:00 --until 2026-11-20T09:00
    causeway replay deliveries --connection erp --state done --since 2026-11-20 --preview
    """
    if not (store or connection or operation or states or since or until):
        raise click.UsageError("say which: --connection, --store, --state, --since, …")
    chosen = Selection(
        store=store or "",
        connection=connection or "",
        operation=operation or "",
        states=_states(states) if states else Selection().states,
        since=_utc(since),
        until=_utc(until),
        rate=rate,
    )
    _run(build(), chosen, preview, yes)


@replay.command()
@click.argument("case_id", type=click.IntRange(1))
def case(case_id: int) -> None:
    """What a case is about: its delivery, or its event through the flow.

    \b
    causeway replay case 7
    """
    parts = build()
    click.echo(CaseDesk(parts.context, actor()).retry(case_id))
    parts.hints.work()


@replay.command()
@click.option("--store")
@click.option("--order", "order_id", help="The shop's id of one order.")
@click.option(
    "--state",
    "states",
    multiple=True,
    default=("case",),
    show_default=True,
    type=click.Choice(["case", "done", "superseded"]),
)
@SINCE
@UNTIL
@RATE
@PREVIEW
@YES
def events(
    store: str | None,
    order_id: str | None,
    states: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    rate: float,
    preview: bool,
    yes: bool,
) -> None:
    """Put events before the flow again, after a mapping or a setting was mended.

    What was decided and sent stays: an order that was sent on is not decided anew.

    \b
    causeway replay events --store berlin --preview
    """
    parts = build()
    chosen = EventSelection(store or "", order_id or "", 0, states, _utc(since), _utc(until), rate)
    with parts.ledger.read() as connection:
        total = replay_events.count(connection, chosen)
        rows = replay_events.find(connection, chosen, limit=20)
    lines = [[str(r.seq), r.source, r.topic, r.entity_id, str(r.version), r.state] for r in rows]
    click.echo(table(["event", "from", "topic", "about", "version", "state"], lines))
    click.echo(f"{total} events would be put before the flow again.")
    if not total or not _agreed(preview, yes):
        return
    done = Replayer(parts.context, actor()).events(chosen)
    parts.hints.work()
    click.echo(f"{done} events wait for a worker.")


def _run(parts: Causeway, chosen: Selection, preview: bool, yes: bool) -> None:
    with parts.ledger.read() as connection:
        found = replays.preview(connection, chosen)
    lines = [
        [str(r.id), r.connection, r.key, r.state, summary(r.operation, r.payload)]
        for r in found.rows
    ]
    click.echo(table(["id", "connection", "key", "state", "what"], lines))
    if found.total > len(found.rows):
        click.echo(f"… and {found.total - len(found.rows)} more")
    for name, count in sorted(found.by_connection.items()):
        click.echo(f"{count} would go to {name}.")
    if found.sending:
        click.echo(f"{found.sending} are being sent now and are left alone.")
    if found.pruned:
        click.echo(f"{found.pruned} are left out: their content was pruned.")
    if not found.total:
        click.echo("There is nothing to replay.")
        return
    click.echo(LOOKED_UP)
    click.echo(f"The last becomes due at {due(parts.context.now(), chosen.rate, found.total)}.")
    if _agreed(preview, yes):
        progress = Replayer(parts.context, actor()).deliveries(chosen)
        parts.hints.work()
        click.echo(f"{progress.done} deliveries are due.")


def _agreed(preview: bool, yes: bool) -> bool:
    return not preview and (yes or click.confirm("Do it?"))


def _states(given: tuple[str, ...]) -> tuple[str, ...]:
    return given or tuple(state.value for state in replays.REPLAYABLE)


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def _order(parts: Causeway, number: str, store: str | None) -> tuple[str, str]:
    query = orders.select().where((orders.c.number == number) | (orders.c.order_id == number))
    if store:
        query = query.where(orders.c.store == store)
    with parts.ledger.read() as connection:
        rows = connection.execute(query.limit(2)).all()
    if not rows:
        raise CausewayError(f"no order {number} has arrived")
    if len(rows) > 1:
        raise CausewayError(f"several orders are called {number}; say which with --store")
    return rows[0].store, rows[0].order_id
