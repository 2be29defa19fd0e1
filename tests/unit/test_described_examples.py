"""What the READMEs of the generic connectors show can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from jmespath.functions import Functions

from causeway import connectors, settings
from causeway.cli import cli
from causeway.connectors import registry
from causeway.connectors.described.abilities import WRITES
from causeway.connectors.described.expressions import _Functions
from causeway.connectors.described.rows import SHAPES
from tests.world import ORDERS, empty_ledger

HERE = Path(connectors.__file__).parent


@pytest.mark.parametrize("kind", ["rest", "files"])
def test_the_worked_example_is_a_settings_file(kind: str, tmp_path: Path) -> None:
    text = (HERE / kind / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 5
    file = tmp_path / "causeway.toml"
    file.write_text("\n".join(blocks))
    loaded = settings.load(file, {})
    assert len(loaded.connections) == 2
    for connection in loaded.connections:
        assert registry.build(connection).kind == kind


@pytest.mark.parametrize("example", sorted(HERE.glob("*/examples/*.toml")), ids=lambda p: p.stem)
def test_the_examples_can_be_loaded_and_lack_nothing_for_their_roles(example: Path) -> None:
    for connection in settings.load(example, {}).connections:
        check = registry.build(connection).check()
        assert not [p for p in check.problems if "is not described" in p], check


def test_the_readme_names_every_operation_feed_and_function() -> None:
    text = (HERE / "rest" / "README.md").read_text(encoding="utf-8")
    for name in set(_Functions.FUNCTION_TABLE) - set(Functions.FUNCTION_TABLE):
        assert f"`{name}(" in text, name
    for name in (*SHAPES, *WRITES):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize(
    ("kind", "words"), [("rest", "POST /erp/orders"), ("files", "orders/order-berlin-55-book-")]
)
def test_an_order_can_be_looked_at_before_anything_is_sent(
    kind: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = (HERE / kind / "examples").glob("*.toml")
    file = tmp_path / "causeway.toml"
    ledger = f'data_dir = "{tmp_path}"\n[ledger]\nurl = "sqlite:///{tmp_path}/ledger.sqlite"\n'
    file.write_text(ledger + example.read_text(encoding="utf-8"))
    (tmp_path / "ledger.sqlite").write_bytes(empty_ledger())
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(file))
    order = str(ORDERS / "simple_cod.json")
    shown = CliRunner().invoke(
        cli, ["connection", "preview", "erp", "berlin", "--order", order], catch_exceptions=False
    )
    assert shown.exit_code == 0, shown.output
    assert words in shown.output
    assert "MUG-01" in shown.output
    assert "berlin:55:book" in shown.output
