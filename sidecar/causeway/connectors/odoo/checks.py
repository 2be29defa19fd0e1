"""Whether an Odoo connection can be used: key, rights, settings; each problem with its remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from causeway.connectors.base import Check
from causeway.connectors.odoo.client import OdooClient, at
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.options import OdooOptions
from causeway.errors import ConnectorError, CredentialsError

SOON = timedelta(days=14)
# What the connector does, and the group over there that allows it.
_NEEDED = {
    ("res.partner", "create"): "Contact Creation",
    ("sale.order", "create"): "Sales: All Documents",
    ("sale.order", "write"): "Sales: All Documents",
    ("account.move", "create"): "Invoicing",
    ("account.payment", "create"): "Invoicing",
    ("stock.picking", "create"): "Inventory: User",
    ("stock.move", "read"): "Inventory: User",
    ("product.product", "read"): "Sales: All Documents",
}
_FIELDS = {
    ("stock.picking", "sale_id"): "Sales and Inventory together (sale_stock)",
    ("product.product", "qty_available"): "Inventory (stock)",
    ("account.move", "amount_residual"): "Invoicing (account)",
}


def check(client: OdooClient, directory: Directory, options: OdooOptions) -> Check:
    try:
        version = client.version()
        client.call("res.users", "context_get")
        problems = _rights(client, version) or (_apps(directory) or directory.problems())
        expiry = _expiry(client)
    except ConnectorError as error:
        return Check(False, error.reason, (error.reason,))
    if expiry is not None and expiry - datetime.now(UTC) < SOON:
        problems = [*problems, f"its API key ends on {expiry:%Y-%m-%d}; make a new one in time"]
    if problems:
        return Check(False, f"{len(problems)} things to mend", tuple(problems))
    until = f"; the key ends on {expiry:%Y-%m-%d}" if expiry else ""
    return Check(True, f"Odoo {version}, database {options.database!r}{until}")


def _rights(client: OdooClient, version: str) -> list[str]:
    problems = {}
    newer = int(version.partition(".")[0].rpartition("~")[2] or 0) >= 18
    for (model, operation), group in _NEEDED.items():
        try:
            if newer:
                allowed = client.call(model, "has_access", [], operation=operation)
            else:
                allowed = client.call(
                    model, "check_access_rights", operation=operation, raise_exception=False
                )
        except CredentialsError:
            allowed = False
        if not allowed:
            problems[model, group] = (
                f"the key's user may not {operation} {model}; give them the group {group}"
            )
    return list(problems.values())


def _apps(directory: Directory) -> list[str]:
    return [
        f"Odoo lacks the app {app}"
        for (model, field), app in _FIELDS.items()
        if not directory.has_field(model, field)
    ]


def _expiry(client: OdooClient) -> datetime | None:
    """When the user's last key ends; None for keys without an end. Which one is used is not
    told, so the latest counts.
    """
    rows = client.search("res.users.apikeys", [], ("expiration_date",))
    times = [at(row["expiration_date"]) for row in rows]
    if not times or None in times:
        return None
    return max(moment for moment in times if moment)
