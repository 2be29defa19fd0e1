"""Finding a word among many: by index, and as if every entry had been looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from causeway.flows.mapping import Tables, find
from causeway.policy import Translation

NOW = datetime(2026, 11, 20, tzinfo=UTC)
words = st.text("aAbß*?[]", min_size=1, max_size=4)
moments = st.sampled_from([None, NOW - timedelta(1), NOW, NOW + timedelta(1)])
entries = st.builds(
    Translation, st.sampled_from(["sku", "tax"]), words, st.text("xyz", min_size=1, max_size=1),
    st.sampled_from(["*", "erp", "wms"]), moments, moments,
)  # fmt: skip


def one_by_one(tables: list[Translation], table: str, word: str) -> Translation | None:
    """As the rule says it, without any index."""
    best: tuple[Any, ...] = ()
    for place, entry in enumerate(tables):
        if (
            entry.table != table
            or entry.connection not in {"*", "erp"}
            or (entry.valid_from and entry.valid_from > NOW)
            or (entry.valid_until and entry.valid_until <= NOW)
            or not fnmatchcase(word.lower(), entry.pattern.lower())
        ):
            continue
        length = len(entry.pattern.replace("*", ""))
        rank = (entry.pattern == word, length, entry.connection != "*", place, entry)
        best = max(best, rank, key=lambda found: found[:4])
    return best[4] if best else None


@given(st.lists(entries, max_size=8), words, st.sampled_from(["sku", "tax"]))
def test_the_index_finds_what_looking_at_each_finds(
    tables: list[Translation], word: str, table: str
) -> None:
    assert find(Tables(tables), table, word, "erp", NOW) == one_by_one(tables, table, word)
    assert find(tables, table, word, "erp", NOW) == one_by_one(tables, table, word)
