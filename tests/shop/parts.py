"""The programs a shop is made of, and what to install where one is missing."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/lib/mariadb")
MODULES = {
    "mysqli": "php-mysql",
    "curl": "php-curl",
    "mbstring": "php-mbstring",
    "dom": "php-xml",
    "intl": "php-intl",
    "gd": "php-gd",
    "zip": "php-zip",
}
"""What WordPress and WooCommerce want of PHP, and the Debian package that has it."""


class CannotStand(Exception):
    """Why there is no shop, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Paths of programs; `fpm` and `nginx` only where the server is made of them."""

    php: str
    mariadbd: str
    install_db: str
    fpm: str = ""
    nginx: str = ""
    versions: str = ""
    """One line that changes when PHP or MariaDB is another one."""


def find(server: str) -> Parts:
    """Everything for a shop behind `server` (php or fpm). Raises CannotStand naming packages."""
    php, mariadbd = _program("php"), _program("mariadbd")
    install_db = _program("mariadb-install-db")
    missing = []
    if not php:
        missing.append("php-cli")
    if not mariadbd or not install_db:
        missing.append("mariadb-server")
    fpm, nginx = ("", "") if server == "php" else (_fpm(), _program("nginx"))
    if server == "fpm":
        missing += [name for name, found in (("php-fpm", fpm), ("nginx-light", nginx)) if not found]
    if php:
        loaded = _said(php, "-m").split()
        missing += [package for module, package in MODULES.items() if module not in loaded]
    if missing:
        raise CannotStand(
            f"PHP or servers are missing; as root: apt-get install --no-install-recommends "
            f"{' '.join(missing)}"
        )
    versions = f"{_said(php, '-r', 'echo PHP_VERSION;')} {_said(mariadbd, '--version').strip()}"
    return Parts(php, mariadbd, install_db, fpm, nginx, versions)


def _program(name: str) -> str:
    found = shutil.which(name)
    for folder in SYSTEM_FOLDERS:
        found = found or shutil.which(name, path=folder)
    return found or ""


def _fpm() -> str:
    """Debian names it by its version (php-fpm8.2); the highest one."""
    named = [str(path) for path in Path("/usr/sbin").glob("php-fpm*")]
    return _program("php-fpm") or max(named, default="")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout
