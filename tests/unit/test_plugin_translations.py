"""Every string of the plugin can be translated, and has its German one."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "wp-plugin"
DOMAIN = "causeway-for-woocommerce"
LANGUAGES = PLUGIN / "languages"
SCRIPT = "scripts/lib/plugin-translations.sh"
CALL = re.compile(
    r"\b(?:esc_html|esc_attr)?_(?:_|e|x|n|nx)\(\s*'(?P<text>(?:[^'\\]|\\.)*)'", re.DOTALL
)
PLACE = re.compile(r"%(?:\d+\$)?[sd]")

Entry = dict[str, str]


def entries(path: Path) -> Iterator[Entry]:
    """The entries of a .po or .pot, each keyword with its text; the header is left out."""
    for block in path.read_text().split("\n\n"):
        entry: Entry = {}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            first, _, rest = line.partition(" ")
            keyword, quoted = (keyword, line) if line.startswith('"') else (first, rest)
            entry[keyword] = entry.get(keyword, "") + ast.literal_eval(quoted)
        if entry.get("msgid"):
            yield entry


def key(entry: Entry) -> tuple[str, str]:
    return entry.get("msgctxt", ""), entry["msgid"]


def test_every_string_in_the_source_is_in_the_template() -> None:
    known = {entry["msgid"] for entry in entries(LANGUAGES / f"{DOMAIN}.pot")}
    said = {
        found["text"].replace("\\'", "'")
        for path in PLUGIN.rglob("*.php")
        if "tests" not in path.relative_to(PLUGIN).parts
        for found in CALL.finditer(path.read_text())
    }
    assert len(said) > 100
    assert sorted(said - known) == [], f"run {SCRIPT}"


def test_every_string_has_its_german_one() -> None:
    template = [key(entry) for entry in entries(LANGUAGES / f"{DOMAIN}.pot")]
    german = {key(entry): entry for entry in entries(LANGUAGES / f"{DOMAIN}-de_DE.po")}
    lacking = [name for name in template if name not in german]
    empty = [
        name
        for name, entry in german.items()
        if not all(text for keyword, text in entry.items() if keyword.startswith("msgstr"))
    ]
    assert (lacking, empty) == ([], []), f"run {SCRIPT} and fill in what is empty"


def test_the_german_strings_have_the_same_places_to_fill_in() -> None:
    for entry in entries(LANGUAGES / f"{DOMAIN}-de_DE.po"):
        for keyword, text in entry.items():
            if keyword.startswith("msgstr"):
                assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(entry["msgid"])), entry


def test_every_string_names_the_plugins_domain() -> None:
    """Or says that it means WooCommerce's own."""
    for path in PLUGIN.rglob("*.php"):
        if "tests" in path.relative_to(PLUGIN).parts:
            continue
        source = path.read_text()
        for found in CALL.finditer(source):
            rest = source[found.end() : found.end() + 400]
            meant = f"'{DOMAIN}'" in rest or "TextDomainMismatch" in rest
            assert meant, f"{path.name}: {found['text']}"


def test_the_compiled_german_is_the_written_one(tmp_path: Path) -> None:
    if shutil.which("msgfmt") is None:
        pytest.skip("not compared: GNU gettext is not installed")
    compiled = tmp_path / "german.mo"
    source = LANGUAGES / f"{DOMAIN}-de_DE.po"
    subprocess.run(["msgfmt", "--output-file", compiled, source], check=True)
    assert compiled.read_bytes() == source.with_suffix(".mo").read_bytes(), f"run {SCRIPT}"
