"""The label of a parcel, for whoever is logged in. Fetched from its connection, kept nowhere."""

from __future__ import annotations

from flask import Response

from causeway.engine import labels
from causeway.errors import ConnectorError
from causeway.ops.desk import desk, told
from causeway.ops.pages import bp

# The browser's own viewer draws a PDF with styles of its own; nothing else is let in.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


@bp.get("/orders/<store>/<order_id>/labels/<ref>")
def label(store: str, order_id: str, ref: str) -> Response:
    try:
        found = labels.label_of(desk().context, store[:40], order_id[:64], ref[:120])
    except labels.NoLabel as error:
        return told(404, "There is no label", labels.why_not(error))
    except ConnectorError as error:
        return told(
            502,
            "The label did not come",
            labels.why_not(error),
            "Try again in a moment, or print it in the carrier's or karrio's own pages.",
        )
    answer = Response(found.data, content_type=found.media_type)
    answer.headers["Content-Disposition"] = f'inline; filename="{found.filename}"'
    return answer
