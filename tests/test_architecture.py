"""House rules that machines hold: who may import whom, style, types, and true READMEs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr[-2000:]


def test_imports_go_one_way() -> None:
    run(str(BIN / "lint-imports"), "--no-cache")


def test_the_style_is_the_house_s() -> None:
    run(str(BIN / "ruff"), "check", "--no-cache", "--quiet", "sidecar", "bench", "tests")


def test_the_types_hold() -> None:
    run(str(BIN / "mypy"), "--no-error-summary", "--cache-dir=/dev/null")


@pytest.mark.parametrize("readme", ["README.md", "sidecar/README.md", "docker/README.md"])
def test_what_a_readme_links_to_is_there(readme: str) -> None:
    path = ROOT / readme
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_tree_in_the_sidecar_s_readme_names_every_package() -> None:
    text = (ROOT / "sidecar/README.md").read_text(encoding="utf-8")
    packages = [p.parent.name for p in (ROOT / "sidecar/causeway").glob("*/__init__.py")]
    assert [name for name in packages if f"{name}/" not in text] == []


def test_every_script_the_readmes_name_can_be_run() -> None:
    text = "".join((ROOT / name).read_text() for name in ("README.md", "docker/README.md"))
    scripts = set(re.findall(r"\./(scripts/[a-z-]+)", text))
    assert scripts >= {"scripts/run", "scripts/test", "scripts/bench"}
    assert [s for s in scripts if not (ROOT / s).stat().st_mode & 0o100] == []
