from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_tools import SandboxProcess


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A really running sandbox; parcels leave only when a test moves its clock."""
    folder = tmp_path_factory.mktemp("sandbox")
    process = SandboxProcess(folder, "--ship-after", "3600", "--accept-after", "60")
    yield process
    process.stop()
