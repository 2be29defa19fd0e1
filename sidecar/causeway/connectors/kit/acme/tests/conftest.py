"""The table of promises at the end, and failed promises with the values they failed on."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("causeway.connectors.conformance")

from causeway.connectors.conformance.plugin import (  # noqa: E402, F401 - hooks
    pytest_collection_modifyitems,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
