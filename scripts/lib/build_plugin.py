"""Packs wp-plugin/ into causeway-for-woocommerce-<version>.zip; same files, same bytes."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

SLUG = "causeway-for-woocommerce"
PROJECT = Path(__file__).parents[2]
LEFT_OUT = {"tests", "phpcs.xml.dist", "phpstan.neon.dist", "README.md"}
"""Top folders that are for developers."""
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: no build tells when it was made
VERSION_PLACES = {
    "the plugin's header": (f"{SLUG}.php", r"^ \* Version:\s+(\S+)$"),
    "CAUSEWAY_PLUGIN_VERSION": (f"{SLUG}.php", r"define\( 'CAUSEWAY_PLUGIN_VERSION', '([^']+)' \)"),
    "Stable tag in readme.txt": ("readme.txt", r"^Stable tag:\s+(\S+)$"),
}
PLAIN_VERSION = re.compile(r"\d+(\.\d+){1,3}(-[0-9A-Za-z.]+)?")


class CannotBuild(Exception):
    """Why there is no archive, as a sentence that says what to mend."""


def build(plugin: Path, target: Path) -> Path:
    """Write the archive into the folder `target`, which is made. Raises CannotBuild."""
    archive = target / f"{SLUG}-{version(plugin)}.zip"
    target.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_suffix(".zip.part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files(plugin):
            packed.writestr(_entry(path.relative_to(plugin)), path.read_bytes())
    return unfinished.replace(archive)


def version(plugin: Path) -> str:
    """What all places that name a version agree on."""
    found = {place: _found(plugin / name, pattern)
             for place, (name, pattern) in VERSION_PLACES.items()}  # fmt: skip
    said = ", ".join(f"{place}: {value or 'none'}" for place, value in found.items())
    if len(set(found.values())) != 1:
        raise CannotBuild(f"the version is not the same everywhere ({said}); make them equal")
    [value] = set(found.values())
    if not PLAIN_VERSION.fullmatch(value):
        raise CannotBuild(f"no version like 1.2.0 ({said})")
    return value


def files(plugin: Path) -> Iterator[Path]:
    """What goes in, in one order on every machine. A link could lead anywhere, and is refused."""
    paths = sorted(plugin.rglob("*"), key=lambda path: path.relative_to(plugin).as_posix())
    for path in paths:
        inside = path.relative_to(plugin)
        if inside.parts[0] in LEFT_OUT or any(part.startswith(".") for part in inside.parts):
            continue
        if path.is_symlink():
            raise CannotBuild(f"{inside} is a link; put the file itself there")
        if path.is_file():
            yield path


def _entry(inside: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{SLUG}/{inside.as_posix()}", FIRST_MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever it is built
    entry.external_attr = 0o100644 << 16
    return entry


def _found(path: Path, pattern: str) -> str:
    try:
        match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError as error:
        raise CannotBuild(f"{path.name} cannot be read ({error.strerror})") from error
    return match[1] if match else ""


def main() -> int:
    try:
        archive = build(PROJECT / "wp-plugin", Path(sys.argv[1]))
    except (CannotBuild, OSError) as error:
        sys.stderr.write(f"The plugin is not built: {error}\n")
        return 1
    sys.stdout.write(f"{archive}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
