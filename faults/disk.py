"""A small disk that can be filled."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

from faults.errors import LeftOut

BLOCK = 65536


def mount(folder: Path, size: int) -> None:
    """A file system of `size` bytes, in memory, at `folder`. Raises LeftOut where one may not."""
    options = f"size={size},mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "causeway-faults", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        raise LeftOut(f"mount cannot be run ({error.strerror})") from error
    if done.returncode:
        raise LeftOut(f"a small disk cannot be mounted here ({done.stderr.strip()[-80:]})")


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], timeout=20, check=False)


def fill(file: Path, leave: int = 0) -> None:
    """Grow `file` until not more than `leave` bytes are left on its disk."""
    with contextlib.suppress(OSError), file.open("ab", buffering=0) as opened:
        while shutil.disk_usage(file.parent).free > leave:
            opened.write(b"\0" * BLOCK)
        while not leave and opened.write(b"\0" * 512):
            pass
