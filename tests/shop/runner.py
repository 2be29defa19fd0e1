"""PHP processes of the command line over a shop's folder."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.shop.account import as_account, give
from tests.shop.parts import Parts
from tests.shop.place import Place

HERE = Path(__file__).parent / "php"
RUN_SECONDS = 300
SETTINGS = {
    "memory_limit": "512M",
    "display_errors": "stderr",
    "error_reporting": "E_ALL & ~E_DEPRECATED",
    "log_errors": "0",
    "opcache.enable": "1",
    "opcache.memory_consumption": "192",
    "opcache.max_accelerated_files": "20000",
    "opcache.revalidate_freq": "0",
}
CLI_SETTINGS = {"opcache.enable_cli": "1", "opcache.file_cache_only": "1"}


class PhpFailed(Exception):
    """A PHP process ended with an error; the text is what it said."""


class Runner:
    """Starts PHP as the servers' account. Scripts reach it as text: it may not read our folder."""

    def __init__(self, parts: Parts, place: Place) -> None:
        self._parts, self._place = parts, place

    def script(self, name: str, *arguments: str, code: str = "") -> str:
        """Run a script of this package; what it printed. Raises PhpFailed."""
        process = self.start(name, *arguments, code=code)
        try:
            out, err = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise PhpFailed(f"{name} took longer than {RUN_SECONDS} s") from None
        except BaseException:
            process.kill()
            raise
        if process.returncode:
            raise PhpFailed(
                f"{name} ended with {process.returncode}: {(err.strip() or out.strip())[-2000:]}"
            )
        return out

    def install(self, name: str, **given: Any) -> str:
        return self.script(name, str(self._place.www), json.dumps(given))

    def run(self, code: str, values: dict[str, Any]) -> tuple[str, Any]:
        """Run code inside WordPress; what it printed, and what it returned."""
        with tempfile.NamedTemporaryFile(dir=self._place.sockets, suffix=".json") as result:
            give(Path(result.name))
            given = json.dumps(values)
            out = self.script("run.php", str(self._place.www), given, result.name, code=code)
            returned = Path(result.name).read_text()
        return out, json.loads(returned) if returned else None

    def start(self, name: str, *arguments: str, code: str = "") -> subprocess.Popen[str]:
        script = self._place.sockets / name
        if not script.exists():
            script.write_text((HERE / name).read_text())
            script.chmod(0o644)
        with tempfile.TemporaryFile("w+") as stdin:
            stdin.write(code)
            stdin.seek(0)
            return subprocess.Popen(
                [self._parts.php, *self.flags(), str(script), *arguments],
                stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                cwd="/", env={**os.environ, "LC_ALL": "C.UTF-8"}, **as_account(),
            )  # fmt: skip

    def flags(self) -> list[str]:
        """A cache of compiled code in files makes each process start in half the time."""
        compiled = self._place.sockets / "opcache"
        if not compiled.exists():
            compiled.mkdir(mode=0o700)
            give(compiled)
        settings = {**SETTINGS, **CLI_SETTINGS, "opcache.file_cache": str(compiled)}
        return [part for key, value in settings.items() for part in ("-d", f"{key}={value}")]
