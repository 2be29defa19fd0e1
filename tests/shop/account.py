"""Who the shop's servers run as: whoever starts them, and for root an account without rights."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

from tests.shop.parts import CannotStand

ACCOUNTS = ("www-data", "mysql", "nobody")


def identity() -> pwd.struct_passwd | None:
    """The account to change to; None when we are not root and run as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStand("run by root, a shop needs the account www-data or nobody; there is neither")


def as_account() -> dict[str, Any]:
    """Arguments of subprocess.Popen that make the new process run as that account."""
    found = identity()
    if found is None:
        return {}
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def give(path: Path, *, deep: bool = False) -> None:
    """Make `path` the account's own; with `deep`, all that is in it.

    Never deep over linked code: a hard link shares its owner with the cached file.
    """
    found = identity()
    if found is None:
        return
    os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)
    if deep:
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder, name), found.pw_uid, found.pw_gid, follow_symlinks=False)


def reaches(path: Path) -> bool:
    """Can the account come to `path`? Each folder there is on the way must let it through."""
    found = identity()
    whole = path.resolve()
    way = [part for part in (whole, *whole.parents) if part.exists()]
    return found is None or all(_lets_in(part, found) for part in way)


def _lets_in(path: Path, found: pwd.struct_passwd) -> bool:
    state = path.stat()
    if state.st_uid == found.pw_uid:
        return bool(state.st_mode & 0o100)
    if state.st_gid == found.pw_gid:
        return bool(state.st_mode & 0o010)
    return bool(state.st_mode & 0o001) or path.is_file()


def name() -> str:
    """The account's name, for people."""
    found = identity()
    return found.pw_name if found is not None else pwd.getpwuid(os.geteuid()).pw_name
