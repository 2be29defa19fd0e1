"""The plugin's own tests, which need PHP but no WordPress, and its syntax."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "wp-plugin"


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"the plugin's tests need {program}; as root: apt-get install {program}")
    return found


def test_the_plugin_s_own_tests_pass() -> None:
    command = [
        need("phpunit"),
        "-c",
        str(PLUGIN / "tests/phpunit.xml.dist"),
        "--do-not-cache-result",
    ]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr[-1000:]
    assert "OK (" in found.stdout, found.stdout[-1000:]


def test_every_php_file_can_be_read() -> None:
    files = sorted(str(path) for path in PLUGIN.rglob("*.php"))
    assert len(files) > 50
    lint = "foreach(array_slice($argv,1) as $f){exec('php -l '.escapeshellarg($f).' 2>&1',$o,$c);"
    lint += "if($c){echo implode(PHP_EOL,$o);exit(1);}}"
    command = [need("php"), "-r", lint, "--", *files]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 0, found.stdout[-2000:]
