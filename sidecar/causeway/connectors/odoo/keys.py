"""Our keys as Odoo's external ids, which its database keeps unique. Pure.

An external id is `module.name`; the name takes no blanks, and the first dot ends the module. So a
key is quoted as in an address, and can be read back.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

MODULE = "causeway"


def external_id(*parts: str) -> str:
    """`("berlin:1042:book", "line", "3")` is `causeway.berlin:1042:book|line|3`."""
    return f"{MODULE}." + "|".join(_quoted(part) for part in parts)


def key_of(name: str | bool | None) -> str:
    """The key in an external id of ours, without what follows it; empty for anybody else's."""
    return parts_of(name)[0] if parts_of(name) else ""


def parts_of(name: str | bool | None) -> tuple[str, ...]:
    if not isinstance(name, str) or not name.startswith(f"{MODULE}."):
        return ()
    return tuple(unquote(part) for part in name.removeprefix(f"{MODULE}.").split("|"))


def _quoted(part: str) -> str:
    return quote(part, safe=":").replace(".", "%2E")
