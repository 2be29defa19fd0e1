"""A sidecar beside the shop, with the sandbox back office behind it: `causeway up`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tests.shop.parts import CannotStand

STORE = "shop"
STOP_SECONDS = 30.0
CODE_PREFIX = "causeway1."
TELL = """
import json, sys
from causeway.cli.common import build
from causeway.ledger import updates
parts = build()
with parts.ledger.write() as connection:
    new = updates.NewUpdate(*json.loads(sys.argv[2]))
    updates.add(connection, sys.argv[1], [new], parts.context.now())
"""


class Sidecar:
    """`url`, the pairing code of this shop, and what it said of itself when it was ready."""

    def __init__(self, data: Path, port: int, shop_url: str) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data, self.url = data, f"http://127.0.0.1:{port}"
        self._env = {name: value for name, value in os.environ.items()
                     if not name.startswith("CAUSEWAY_")}  # fmt: skip
        self._env["CAUSEWAY_DATA_DIR"] = str(data)
        self._env["CAUSEWAY_SERVER__PORT"] = str(port)  # the pairing code carries it
        self.process = subprocess.Popen(
            [sys.executable, "-m", "causeway.cli", "up", "--data", str(data)],
            env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            self.greeting = self._read_greeting()
            self.code = self._pairing_code(shop_url)
        except BaseException:
            self.stop()
            raise

    def causeway(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command over this sidecar's ledger."""
        return subprocess.run(
            [sys.executable, "-m", "causeway.cli", *arguments],
            env=self._env, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def rotate(self, overlap_hours: str) -> str:
        """A new secret for the shop; the pairing code with it, which is `code` from now on."""
        done = self.causeway("store", "rotate", STORE, "--overlap-hours", overlap_hours)
        if done.returncode:
            raise RuntimeError(done.stderr)
        [self.code] = [word for word in done.stdout.split() if word.startswith(CODE_PREFIX)]
        return self.code

    def tell(self, kind: str, order: int, key: str, data: dict[str, Any]) -> None:
        """Put an update into the shop's feed, as a decision about the order would."""
        given = json.dumps([key, kind, "order", str(order), json.dumps(data)])
        subprocess.run(
            [sys.executable, "-c", TELL, STORE, given],
            env=self._env, capture_output=True, text=True, check=True,
        )  # fmt: skip

    def stop(self) -> None:
        """SIGTERM to the supervisor, which ends the others in order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._output.close()

    @property
    def _output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def _read_greeting(self) -> str:
        """All up to the pairing code, which it prints when it is ready."""
        lines: list[str] = []
        for line in self._output:
            if line.strip().startswith(CODE_PREFIX):
                return "".join(lines)
            lines.append(line)
        raise CannotStand(f"the sidecar did not start: {' '.join(lines[-3:]).strip()}")

    def _pairing_code(self, shop_url: str) -> str:
        """Of a store with the shop's own address, added the first time."""
        done = self.causeway("store", "add", STORE, "--url", shop_url)
        if done.returncode:
            done = self.causeway("store", "pair", STORE)
        found = [line for line in done.stdout.split() if line.startswith(CODE_PREFIX)]
        if done.returncode or not found:
            raise CannotStand(f"the sidecar gives no pairing code: {done.stderr.strip()}")
        return found[-1]
