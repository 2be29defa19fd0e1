"""Feeds that tell again what changed in the last minutes are silent once those have passed."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from causeway.connectors import scan
from causeway.connectors.karrio import cursor as of_karrio
from causeway.connectors.tryton import cursor as of_tryton

SHORT = timedelta(seconds=1)
PASSED = 3.0
"""Seconds after which what changed is older than `SHORT`, on clocks that tell whole seconds."""


class GrowsOld:
    """The minutes are one second here. Only with --all."""

    @pytest.fixture(autouse=True)
    def _minutes(self, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
        self._patch, self._whole = monkeypatch, bool(pytestconfig.getoption("--all"))

    def grow_old(self) -> None:
        if not self._whole:
            pytest.skip("that real feeds end to tell again is tested with ./scripts/test --all")
        for module in (scan, of_karrio, of_tryton):
            self._patch.setattr(module, "OVERLAP", SHORT)
        time.sleep(PASSED)
