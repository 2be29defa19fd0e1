"""The guide to the next connector, followed step by step; what it writes, in a real Causeway."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from causeway import connectors
from causeway.cli.connector import connector
from causeway.connectors import kit, registry
from causeway.connectors.conformance import PROMISES
from causeway.errors import CausewayError
from tests.integration.test_up import ORDERS, free_port

TOKEN = "key-of-the-double"
HERE = Path(connectors.__file__).parent
ROOT = HERE.parents[2]
GUIDE = (HERE / "KIT.md").read_text(encoding="utf-8")
OFFLINE = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


@dataclass
class Reader:
    """Types what the guide says. What it installs goes into a folder of the test's own."""

    folder: Path
    site: Path
    said: str = ""
    environ: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("CAUSEWAY_")}
        data = self.folder / "data"
        paths = {"PYTHONPATH": str(self.site), "CAUSEWAY_DATA_DIR": str(data)}
        self.environ = {**clean, **paths, "PYTHONDONTWRITEBYTECODE": "1"}

    def types(self, line: str) -> str:
        words = shlex.split(line)
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        return self._run(self._command(words))

    def _command(self, words: list[str]) -> list[str]:
        if words[0] == "causeway":
            return ["-m", "causeway.cli", *words[1:]]
        if words[:2] == ["pip", "install"]:
            target = ["--quiet", "--target", str(self.site)]
            return ["-m", "pip", "install", *OFFLINE, *target, "."]
        if words[0] == "pytest":
            return ["-m", "pytest", "-p", "no:cacheprovider", *words[1:]]
        assert words[0] == "python", words
        return words[1:]

    def _run(self, words: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=self.environ,
            capture_output=True, text=True, timeout=170, check=False,
        )  # fmt: skip
        self.said = done.stdout + done.stderr
        assert done.returncode == 0, f"{words}\n{self.said}"
        return self.said

    def starts(self, line: str) -> subprocess.Popen[str]:
        command = [sys.executable, *self._command(shlex.split(line))]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True
        )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    pytest.importorskip("hatchling", reason="not tested: the package cannot be built here")
    folder = tmp_path_factory.mktemp("kit")
    return Reader(folder, folder / "site")


@pytest.fixture(scope="module")
def begun(reader: Reader) -> Reader:
    """The first step is done: written, installed, and its own tests have passed."""
    for line in blocks("sh")[0].splitlines():
        reader.types(line)
    return reader


@pytest.fixture(scope="module")
def double(begun: Reader) -> Iterator[str]:
    """The second: the double runs; its address."""
    running = begun.starts(blocks("sh")[1].strip())
    assert running.stdout is not None
    greeting = running.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", greeting)
    assert found, greeting
    yield found.group()
    running.terminate()
    running.wait(20)
    running.stdout.close()


def test_what_is_written_passes_every_promise_it_makes(begun: Reader) -> None:
    assert re.search(r"\d+ passed", begun.said)
    assert "failed" not in begun.said
    for words in PROMISES:
        kept = "not promised" if words.startswith("webhooks") else "simulated"
        assert f"| {words} | {kept} |" in begun.said


def test_causeway_finds_it_and_says_what_it_cannot_do(begun: Reader, double: str) -> None:
    begun.types("causeway ledger migrate")
    (settings,) = blocks("toml")
    path = begun.folder / "settings.toml"
    path.write_text(settings.replace("http://127.0.0.1:9999", double), encoding="utf-8")
    begun.environ["CAUSEWAY_CONFIG"] = str(path)
    listing, check = blocks("sh")[2].splitlines()
    assert re.search(
        r"bexio +causeway-bexio 0\.1\.0 +erp, fulfilment +1\.0 +well", begun.types(listing)
    )
    said = begun.types(check)
    assert "Bexio answers" in said
    assert "It cannot change a booked order: a change in the shop becomes a case" in said


def test_an_order_reaches_it_through_a_whole_running_causeway(
    begun: Reader, double: str, tmp_path: Path
) -> None:
    data = json.loads((ORDERS / "simple_cod.json").read_text(encoding="utf-8"))
    data["order"]["status"] = "completed"  # sent by hand: the double sends nothing by itself
    for line in data["order"]["line_items"]:
        line["sku"] = "MUG-01"
    orders = tmp_path / "orders"
    orders.mkdir()
    (orders / "one.json").write_text(json.dumps(data), encoding="utf-8")
    settings = begun.folder / "running.toml"
    settings.write_text(
        blocks("toml")[0].replace("http://127.0.0.1:9999", double), encoding="utf-8"
    )
    begun.environ["CAUSEWAY_CONFIG"] = str(settings)
    said = begun.types(f"causeway up --data {tmp_path}/data --port {free_port()} --demo {orders}")
    assert "1 orders: 1 booked exactly once" in said
    key = f"demo:{data['order']['id']}:book"
    answer = requests.get(
        f"{double}/orders",
        {"reference": key},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=20,
    )
    (booked,) = answer.json()["found"]
    assert Decimal(booked["total"]) == Decimal(data["order"]["total"])


def test_it_is_typed_as_strictly_as_causeway_and_styled_as_it_is(begun: Reader) -> None:
    begun._run(["-m", "mypy", "--strict", "--cache-dir", os.devnull, "causeway_bexio"])
    begun._run(
        ["-m", "ruff", "check", "--isolated", "--select", "E,F,B,UP", "--line-length", "100", "."]
    )


def test_every_promise_and_command_the_guide_names_is_there() -> None:
    for words in PROMISES:
        assert f"| {words} |" in GUIDE
    for module in re.findall(r"\| `(\w+\.py)` \|", GUIDE):
        assert (HERE / "conformance" / module).is_file(), module
    assert f"this is {connectors.base.CONTRACT}." in GUIDE


def test_inside_a_checkout_it_stands_beside_the_others_and_passes(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(
        ROOT / "sidecar", tmp_path / "sidecar", ignore=shutil.ignore_patterns("__pycache__")
    )
    found = CliRunner().invoke(connector, ["new", "big_erp", "--inside", str(tmp_path)])
    assert found.exit_code == 0, found.output
    assert "sidecar/causeway/connectors/big_erp/client.py" in found.output
    table = (tmp_path / "sidecar/causeway/connectors/registry.py").read_text(encoding="utf-8")
    assert '    "big_erp": _folder("big_erp"),\n    "' in table
    inside = Reader(tmp_path, tmp_path / "sidecar")
    said = inside.types("pytest tests -k 'twenty or mapper or every_change or class'")
    assert re.search(r"\d+ passed", said)
    assert "acme" not in "".join(
        path.read_text(encoding="utf-8").lower()
        for path in (tmp_path / "sidecar/causeway/connectors/big_erp").glob("*.*")
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("odoo", "there is a connector odoo already"),
        ("Big ERP", "small letters"),
        ("../x", "small letters"),
        ("", "small letters"),
        ("x" * 41, "small letters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(
    tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(CausewayError, match=why):
        kit.new_package(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CausewayError, match="is not empty"):
        kit.new_package("bexio", tmp_path)
    with pytest.raises(CausewayError, match="no checkout of Causeway"):
        kit.new_folder("bexio", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_table_of_kinds_is_in_order() -> None:
    """`--inside` keeps it so."""
    assert list(registry.KINDS) == sorted(registry.KINDS)
