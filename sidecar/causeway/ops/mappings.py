"""The operations page of mappings: what is in force, what waits for a word, trials, versions."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine import mapping_change, mapping_file
from causeway.engine.mapping_file import MappingFile
from causeway.errors import CausewayError, ConfigError
from causeway.ledger import mapping_versions, mappings
from causeway.ops import refusals, store_queries
from causeway.ops.desk import ACTOR, back_to, desk, page
from causeway.told import in_shell

bp = Blueprint("ops_mappings", __name__, url_prefix="/ops/mappings")
refusals.handle(bp)
SHOWN = 200
ORDERS = 200


@bp.get("/")
def overview() -> Response:
    """What is in force for a store; beside it, what an earlier version said otherwise."""
    return _shown(request.args.get("store", "")[:40], _number(request.args.get("version", "")))


@bp.post("/<store>/try")
def try_on(store: str) -> Response:
    """Hold a file against its own tests and past orders. Changes nothing."""
    here, given = desk(), request.files.get("file")
    name = (given.filename or "")[:100] if given else ""
    try:
        if given is None or not name:
            raise ConfigError(["file: choose one, .toml or .csv"])
        read = mapping_file.parse(name, given.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _shown(store, trial={"name": name, "problems": [f"{name}: is not UTF-8"]})
    except ConfigError as error:
        return _shown(store, trial={"name": name, "problems": error.problems})
    trials = mapping_change.try_on(here.context, store, read.entries, ORDERS)
    return _shown(store, trial={"name": name, "problems": _failed(read), "orders": trials})


@bp.post("/<store>/back/<int:number>")
def go_back(store: str, number: int) -> AnyResponse:
    """Put an earlier version in force again; that makes a new one."""
    here = desk()
    try:
        with here.context.ledger.read() as connection:
            wanted = mapping_change.version(connection, store, number)
    except CausewayError as error:
        flash(str(error))
        return back_to(request.form.get("back", ""))
    made, _, (gone, left) = mapping_change.put_in_force(
        here.context, store, wanted, ACTOR, f"back to {number}"
    )
    here.hints.work()
    said = f"Version {made} is as {number} was. {gone} waiting orders go on; {left} still wait."
    flash(said if made else f"Version {number} is what is in force.")
    return back_to(request.form.get("back", ""))


def _shown(store: str, number: int | None = None, trial: object = None) -> Response:
    here = desk()
    with here.context.ledger.read() as connection:
        names = store_queries.names(connection)
        store = store if store in names else next(iter(names), "")
        rows = mappings.of_store(connection, store)
        found = mapping_versions.every(connection, store)
        change = None
        if number is not None and mapping_versions.exists(connection, store, number):
            then = mapping_change.version(connection, store, number)
            change = mapping_change.change_to(rows, then)
        return page(
            "mappings.html",
            store=store,
            stores=names,
            rows=rows[:SHOWN],
            more=max(len(rows) - SHOWN, 0),
            settled=here.context.settings.policy(store).translations,
            awaited=[
                (table, word, in_shell(word), count)
                for table, word, count in mappings.words_awaited(connection, store)[:SHOWN]
            ],
            versions=found[:SHOWN],
            number=number,
            change=change,
            trial=trial,
            most=ORDERS,
        )


def _failed(read: MappingFile) -> list[str]:
    return [
        f"{f.test.table}: “{f.test.word}” must become {f.test.becomes}, and becomes {f.became}"
        for f in mapping_file.failures(read, desk().context.now())
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
