"""What a store may say in the settings file about its orders."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from causeway.errors import ConfigError
from causeway.policy import Rule, Translation
from causeway.settings import load

FILE = """
[stores.berlin]
language = "de"
rest_minutes = 15
required_mappings = ["payment"]
adopt = { erp = ["_old_link"] }

[[stores.berlin.routes]]
name = "heavy"
connection = "wms"
warehouse = "HALL"
countries = ["DE", "AT"]
min_weight = "30"
in_stock = true

[[stores.berlin.translations]]
table = "payment"
pattern = "stripe*"
value = "CARD"
valid_from = "2026-01-01T00:00:00"
"""


def test_rules_tables_and_choices_are_read(tmp_path: Path) -> None:
    path = tmp_path / "causeway.toml"
    path.write_text(FILE, encoding="utf-8")
    policy = load(path, {}).policy("berlin")
    assert policy.routes == (
        Rule(
            "heavy",
            "wms",
            warehouse="HALL",
            countries=("DE", "AT"),
            min_weight=Decimal(30),
            in_stock=True,
        ),
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert policy.translations == (Translation("payment", "stripe*", "CARD", valid_from=start),)
    assert (policy.language, policy.rest_minutes) == ("de", 15)
    assert (policy.required_mappings, policy.adopt) == (("payment",), {"erp": ("_old_link",)})


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('language = "xx"', "stores.berlin.language"),
        ('required_mappings = ["colour"]', "stores.berlin.required_mappings"),
        ('routes = [{ name = "x" }]', "stores.berlin.routes.0.connection"),
        ('routes = [{ name = "x", connection = "w", countries = ["Germany"] }]', "countries"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, line: str, named: str) -> None:
    path = tmp_path / "causeway.toml"
    path.write_text(f"[stores.berlin]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert any(named in problem for problem in caught.value.problems)
