"""causeway mapping, for whole tables: files with tests, tried before they go live, versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from causeway.bootstrap import Causeway
from causeway.cli.common import actor, build, local, table
from causeway.engine import mapping_change, mapping_file
from causeway.engine.mapping_change import Change
from causeway.engine.mapping_file import MappingFile
from causeway.engine.scenes import as_entry
from causeway.errors import CausewayError
from causeway.flows.mapping_trial import Trial
from causeway.ledger import mapping_versions, mappings, stores
from causeway.policy import Translation

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
WHY = click.option("--why", required=True, help="One sentence; it stands in the history.")
SHOWN = 50


@click.command()
@click.argument("store")
@click.option("--format", "form", type=click.Choice(["toml", "csv"]), default="toml")
@click.option(
    "--version", "number", type=click.IntRange(0), help="As it was then; now if not given."
)
def export(store: str, form: str, number: int | None) -> None:
    """Write a store's mappings as a file, to edit, review and import again.

    \b
    causeway mapping export berlin > berlin.toml
    causeway mapping export berlin --format csv --version 3
    """
    entries = _entries(build(), store, number)
    latest = {(e.table, e.pattern, e.connection, e.valid_from, e.valid_until): e for e in entries}
    write = mapping_file.to_toml if form == "toml" else mapping_file.to_csv
    click.echo(write(latest.values()), nl=False)


@click.command()
@FILE
def test(file: Path) -> None:
    """Hold a file of mappings to its own tests; exit 1 with the difference if one fails.

    Needs no ledger: it can run where the file is kept, before each change of it.

    \b
    causeway mapping test berlin.toml
    """
    read = mapping_file.read(file)
    _pass_tests(read)
    if not read.tests:
        click.echo(f"{file.name} has no tests; give it some: a word and what it must become.")


@click.command(name="try")
@click.argument("store")
@FILE
@click.option("--orders", "most", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--apply", is_flag=True, help="Put it in force after that.")
@click.option("--why", default="", help="With --apply: one sentence for the history.")
def try_(store: str, file: Path, most: int, apply: bool, why: str) -> None:
    """Show which past orders would be told otherwise by a file's mappings, word by word.

    \b
    causeway mapping try berlin berlin.toml --orders 200
    causeway mapping try berlin berlin.toml --apply --why "new tax codes from January"
    """
    if apply and not why:
        raise click.UsageError("--apply needs --why: one sentence for the history")
    parts, read = build(), mapping_file.read(file)
    _known(parts, store)
    _pass_tests(read)
    _tell_trials(mapping_change.try_on(parts.context, store, read.entries, most))
    if apply:
        _put_in_force(parts, store, read.entries, why)


@click.command(name="import")
@click.argument("store")
@FILE
@WHY
@click.option("--remove-all", is_flag=True, help="Take a file without entries at its word.")
def import_(store: str, file: Path, why: str, remove_all: bool) -> None:
    """Make a file's mappings the store's own, as a new version; what waited for them goes on.

    What the file does not have ends. Its tests must pass. Entries of the settings file stay.

    \b
    causeway mapping import berlin berlin.toml --why "new tax codes from January"
    """
    parts, read = build(), mapping_file.read(file)
    _known(parts, store)
    if not read.entries and not remove_all:
        raise CausewayError(f"{file.name} has no entries; to end all of them add --remove-all")
    _pass_tests(read)
    _put_in_force(parts, store, read.entries, why)


@click.command()
@click.argument("store")
def history(store: str) -> None:
    """Show the versions of a store's mappings: who made each, when, and why.

    \b
    causeway mapping history berlin
    """
    parts = build()
    _known(parts, store)
    with parts.ledger.read() as opened:
        found = mapping_versions.every(opened, store)
    if not found:
        click.echo(f"The mappings of store {store} were never changed.")
        return
    rows = [
        [str(v.number), local(v.made_at), v.made_by, f"+{v.added} -{v.removed}", v.why]
        for v in found
    ]
    click.echo(table(["version", "made", "by", "entries", "why"], rows))


@click.command()
@click.argument("store")
@click.argument("one", type=click.IntRange(0))
@click.argument("other", type=click.IntRange(0), required=False)
def diff(store: str, one: int, other: int | None) -> None:
    """Show what differs between two versions, or between one and what is in force.

    \b
    causeway mapping diff berlin 3 5
    causeway mapping diff berlin 3
    """
    parts = build()
    before = _entries(parts, store, one)
    after = _entries(parts, store, other)
    lines = _lines(
        [e for e in after if e not in set(before)], [e for e in before if e not in set(after)]
    )
    click.echo("\n".join(lines) or "They are the same.")


@click.command()
@click.argument("store")
@click.argument("number", metavar="VERSION", type=click.IntRange(0))
@WHY
def rollback(store: str, number: int, why: str) -> None:
    """Go back to an earlier version; that makes a new one, and nothing of the history is lost.

    \b
    causeway mapping rollback berlin 3 --why "the new tax codes were wrong"
    """
    parts = build()
    _put_in_force(parts, store, _entries(parts, store, number), f"back to {number}: {why}")


def _entries(parts: Causeway, store: str, number: int | None) -> tuple[Translation, ...]:
    """Of a version, or those in force."""
    _known(parts, store)
    with parts.ledger.read() as opened:
        if number is not None:
            return mapping_change.version(opened, store, number)
        return tuple(as_entry(row) for row in mappings.of_store(opened, store))


def _put_in_force(parts: Causeway, store: str, wanted: Sequence[Translation], why: str) -> None:
    number, change, (gone, left) = mapping_change.put_in_force(
        parts.context, store, wanted, actor(), why
    )
    if not number:
        click.echo("Nothing changes: these mappings are in force already.")
        return
    parts.hints.work()
    _tell_change(change)
    click.echo(f"Version {number} is in force. {gone} waiting orders go on; {left} still wait.")


def _tell_change(change: Change) -> None:
    ended = [as_entry(row) for row in change.removed]
    for line in _lines(change.added, ended):
        click.echo(line)


def _lines(added: Sequence[Translation], removed: Sequence[Translation]) -> list[str]:
    """`-` ended, `+` begun, in the order of their words."""
    marked = [("-", entry) for entry in removed] + [("+", entry) for entry in added]
    marked.sort(key=lambda x: (x[1].table, x[1].pattern, x[1].connection, x[0] == "+"))
    lines = [f"{mark} {_in_words(entry)}" for mark, entry in marked]
    rest = len(lines) - SHOWN
    return lines if rest <= 0 else [*lines[:SHOWN], f"… and {rest} more"]


def _in_words(entry: Translation) -> str:
    towards = "" if entry.connection == "*" else f" towards {entry.connection}"
    since = f" from {local(entry.valid_from)}" if entry.valid_from else ""
    until = f" until {local(entry.valid_until)}" if entry.valid_until else ""
    return f"{entry.table}: {entry.pattern} → {entry.value}{towards}{since}{until}"


def _pass_tests(read: MappingFile) -> None:
    """Raises SystemExit(1), with each difference, where a test of the file fails."""
    failed = mapping_file.failures(read, datetime.now(UTC))
    for failure in failed:
        test = failure.test
        towards = f" towards {test.connection}" if test.connection else ""
        by = f"by “{failure.by}”" if failure.by else "no entry fits it"
        click.echo(f"{test.table}: “{test.word}”{towards}", err=True)
        click.echo(f"  - {test.becomes}   (it must become)", err=True)
        click.echo(f"  + {failure.became}   ({by})", err=True)
    if failed:
        click.echo(f"{len(failed)} of {len(read.tests)} tests failed.", err=True)
        raise SystemExit(1)
    if read.tests:
        click.echo(f"{len(read.tests)} tests passed; {len(read.entries)} entries.")


def _tell_trials(trials: Sequence[Trial]) -> None:
    changed = [trial for trial in trials if trial.differences]
    for trial in changed[:SHOWN]:
        click.echo(f"Order {trial.number}")
        for x in trial.differences:
            click.echo(f"  {x.connection}: {x.where}: {x.before or '—'} → {x.after or '—'}")
    if len(changed) > SHOWN:
        click.echo(f"… and {len(changed) - SHOWN} more orders")
    caught = [trial for trial in trials if trial.caught]
    lacking = Counter(
        (name, "an e-mail address" if name == "customer" else word)
        for trial in caught
        for name, word in set(trial.needs) - set(trial.needed)
    )
    for (name, word), count in lacking.most_common(SHOWN):
        click.echo(f"No {name} entry fits {word} any more: {count} orders would have waited for it")
    freed = sum(trial.freed for trial in trials)
    click.echo(
        f"{len(trials)} orders tried: {len(changed)} would be told otherwise, {freed} would not"
        f" have waited for a word, {len(caught)} would have. Nothing was changed."
    )


def _known(parts: Causeway, store: str) -> None:
    with parts.ledger.read() as opened:
        if stores.get(opened, store) is None:
            raise CausewayError(f"there is no store {store}; see: causeway store list")
