"""What `causeway connector new` writes: the connector to Acme beside this file, under a new name.

Acme does not exist; its connector is complete, has a double to run against, and passes the suite.
So what is written passes too, and is changed step by step until the double is the real thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from causeway.connectors import registry
from causeway.errors import CausewayError

ACME = Path(__file__).parent / "acme"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def new_package(name: str, into: Path) -> list[Path]:
    """A package of its own in `into`, which must not exist or be empty. The files written."""
    _free(name)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise CausewayError(f"{into} is not empty; name a folder that does not exist yet")
    return [
        _written(into / renamed(str(path.relative_to(ACME)), name), renamed(text, name))
        for path, text in _files()
    ]


def new_folder(name: str, checkout: Path) -> list[Path]:
    """A folder beside Causeway's own connectors, its tests beside theirs, its line in the table
    of kinds. `checkout` is a clone of Causeway. The files written or changed.
    """
    _free(name)
    table = checkout / "sidecar/causeway/connectors/registry.py"
    if not table.is_file():
        raise CausewayError(f"{checkout} is no checkout of Causeway: it has no {table.name}")
    if (table.parent / name).exists():
        raise CausewayError(f"{table.parent / name} is there already")
    written = [
        _written(checkout / place, _inside(renamed(text, name), name))
        for path, text in _files()
        if (place := _place(renamed(str(path.relative_to(ACME)), name), name))
    ]
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index("KINDS = {\n") + 1
    end = lines.index("}\n", start)
    entry = f'    "{name}": _folder("{name}"),\n'
    lines[start:end] = sorted([*lines[start:end], entry])
    table.write_text("".join(lines), encoding="utf-8")
    return [*written, table]


def renamed(text: str, name: str) -> str:
    """`text` with the new name for Acme's in each of its spellings."""
    title = "".join(part.capitalize() for part in name.split("_"))
    dashed = name.replace("_", "-")
    for old, new in (
        ("causeway-acme", f"causeway-{dashed}"),
        ("api.acme.example", f"api.{dashed}.example"),
        ("ACME", name.upper()),
        ("Acme", title),
        ("acme", name),
    ):
        text = text.replace(old, new)
    return text


def _files() -> Iterator[tuple[Path, str]]:
    for path in sorted(ACME.rglob("*")):
        if path.suffix in {".py", ".md", ".toml"}:
            yield path, path.read_text(encoding="utf-8")


def _place(path: str, name: str) -> str:
    """Where a file of the package goes in a checkout; empty for what is not needed there."""
    package = f"causeway_{name}/"
    if path.startswith(package):
        return f"sidecar/causeway/connectors/{name}/{path.removeprefix(package)}"
    return {
        "README.md": f"sidecar/causeway/connectors/{name}/README.md",
        f"tests/test_{name}_conformance.py": f"tests/conformance/test_{name}.py",
        f"tests/test_{name}_mapper.py": f"tests/unit/test_connector_{name}_mapper.py",
    }.get(path, "")


def _inside(text: str, name: str) -> str:
    return text.replace(f"causeway_{name}/", "").replace(
        f"causeway_{name}", f"causeway.connectors.{name}"
    )


def _free(name: str) -> None:
    if not _NAME.match(name):
        raise CausewayError(
            f"{name!r} is no name for a connector: small letters, digits and _, at most 40"
        )
    if name in {*registry.KINDS, *(known for known, _ in registry.packages())}:
        raise CausewayError(f"there is a connector {name} already; see: causeway connector list")


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
