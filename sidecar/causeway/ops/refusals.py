"""What the pages say when something cannot be done: a page, not JSON."""

from __future__ import annotations

from flask import Blueprint, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from causeway.ops.desk import desk, told


def handle(blueprint: Blueprint) -> None:
    blueprint.register_error_handler(HTTPException, refused)
    blueprint.register_error_handler(SQLAlchemyError, no_ledger)


def refused(error: HTTPException) -> AnyResponse:
    if isinstance(error, CSRFError):
        return told(
            400,
            "This form is too old",
            "Its token does not fit your session; nothing was changed.",
            "Go back, reload the page and press the button again.",
        )
    if error.code == 404:
        return told(404, "There is nothing here", f"No page has the address {request.path[:200]}.")
    if error.response is not None or error.code is None:
        return error.get_response()
    return told(error.code, error.name, error.description or "")


def no_ledger(error: SQLAlchemyError) -> AnyResponse:
    desk().context.report(error)
    return told(
        503,
        "The ledger does not answer",
        f"It cannot be read now ({type(error).__name__}).",
        "Look at /readyz for what is wrong with it.",
    )
