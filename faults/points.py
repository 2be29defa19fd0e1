"""Arming the stop points of `faults.inside`, and waiting until one is reached."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from faults.errors import HarmFailed
from faults.inside import CLOCK

LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Hit:
    """A process that stands at a point."""

    pid: int
    file: Path

    def release(self) -> None:
        """Let it go on, if it still lives."""
        self.file.unlink(missing_ok=True)


class Points:
    """The stop points of one world. `folder` is what its processes have as FAULTS_POINTS."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._numbers = count(1)

    def arm(self, point: str, do: str = "wait", match: str = "", *, stays: bool = False) -> str:
        """The next process that reaches `point` with `match` in what it does there shall `do` it:
        wait, die, die-both (its parent too), pretend, twice. The name of this arming.
        """
        name = f"{point}.{next(self._numbers)}"
        made = self.folder / f"{name}.making"
        made.write_text(json.dumps({"do": do, "match": match, "stays": stays}))
        made.rename(self.folder / f"{name}.armed")
        return name

    def hits(self, name: str) -> list[Hit]:
        found = self.folder.glob(f"{name}.hit-*")
        return [Hit(int(path.suffix.removeprefix(".hit-")), path) for path in found]

    def reached(self, name: str, seconds: float = 60.0) -> Hit:
        """The process that reached the arming. Raises HarmFailed when none did in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for hit in self.hits(name):
                return hit
            time.sleep(LOOK_SECONDS)
        raise HarmFailed(f"nobody reached {name} within {seconds:.0f} s")

    def disarm(self) -> None:
        """Nothing is armed any more, and who waits goes on."""
        for path in [*self.folder.glob("*.armed"), *self.folder.glob("*.hit-*")]:
            path.unlink(missing_ok=True)

    def shift_clock(self, seconds: float, *, web: bool = True) -> None:
        """Set the clock of workers and pump off by that much, and the web's too; 0 sets it right.

        A web process whose clock is off by more than the tolerance refuses what shops sign.
        """
        for who in ("worker", "pump", *(("web",) if web else ())):
            made = self.folder / f"{CLOCK}-{who}.making"
            made.write_text(str(seconds))
            made.rename(self.folder / f"{CLOCK}-{who}")
