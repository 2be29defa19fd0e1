"""A folder of this machine, or one mounted here."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from causeway.connectors.files.place import Entry, Gone, TooLarge
from causeway.errors import ConnectorError, CredentialsError, RetryableError

_NO_LINKS = os.O_NOFOLLOW | os.O_CLOEXEC


class LocalPlace:
    """See `Place`. The root itself is never made: where it is missing, a disk is not mounted."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def entries(self, folder: str) -> list[Entry]:
        try:
            with self._named(folder), os.scandir(self._root / folder) as found:
                return [_entry(item.name, item.stat(follow_symlinks=False)) for item in found
                        if item.is_file(follow_symlinks=False)]  # fmt: skip
        except Gone:
            self._stands()
            return []

    def folders(self, folder: str) -> list[str]:
        try:
            with self._named(folder), os.scandir(self._root / folder) as found:
                return sorted(item.name for item in found if item.is_dir(follow_symlinks=False))
        except Gone:
            return []

    def stat(self, path: str) -> Entry | None:
        try:
            with self._named(path):
                found = (self._root / path).lstat()
        except Gone:
            self._stands()
            return None
        return _entry(path.rpartition("/")[2], found) if stat.S_ISREG(found.st_mode) else None

    def read(self, path: str, most: int) -> bytes:
        try:
            content = self._read(path, most)
        except Gone:
            self._stands()
            raise
        if len(content) > most:
            raise TooLarge(f"{path} is larger than most_bytes ({most})")
        return content

    def _read(self, path: str, most: int) -> bytes:
        with self._named(path):
            descriptor = os.open(self._root / path, os.O_RDONLY | os.O_NONBLOCK | _NO_LINKS)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Gone(f"{path} is no plain file")
                return file.read(most + 1)

    def put(self, path: str, content: bytes) -> None:
        target = self._root / path
        whole = target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")
        self._make(target.parent)
        with self._named(path):
            try:
                with whole.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                whole.rename(target)
            except BaseException:
                whole.unlink(missing_ok=True)
                raise
            _sync(target.parent)

    def move(self, source: str, target: str) -> None:
        there = self._root / target
        self._make(there.parent)
        with self._named(source):
            (self._root / source).rename(there)
            _sync(there.parent)

    def remove(self, path: str) -> None:
        with self._named(path):
            (self._root / path).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        with suppress(OSError):
            (self._root / folder).rmdir()

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """A lock of the kernel: it ends with its process."""
        lock = self._root / path
        self._make(lock.parent)
        with self._named(path):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | _NO_LINKS, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RetryableError("another process is about that file") from error
            if not _is(descriptor, lock):  # its last holder has just removed it
                raise RetryableError("another process is about that file")
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def now(self) -> float:
        return time.time()

    def visit(self, folders: Sequence[str]) -> None:
        self._stands()
        for folder in folders:
            self._make(self._root / folder)
            if not os.access(self._root / folder, os.R_OK | os.W_OK | os.X_OK):
                raise CredentialsError(f"{folder} cannot be read and written by this user")
            if (self._root / folder).stat().st_dev != self._root.stat().st_dev:
                raise RetryableError(f"{folder} lies on another disk; files cannot be moved there")

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._stands()
            with self._named(str(folder.relative_to(self._root))):
                folder.mkdir(parents=True, exist_ok=True)

    def _stands(self) -> None:
        if not self._root.is_dir():
            raise RetryableError("its folder is not there; is its disk mounted?")

    @contextmanager
    def _named(self, path: str) -> Iterator[None]:
        """What the system says of `path`, as an error of ours."""
        try:
            yield
        except OSError as error:
            raise _of(error, path) from error


def _of(error: OSError, path: str) -> ConnectorError:
    if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
        return Gone(f"{path} is not there")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CredentialsError(f"{path} cannot be read or written by this user")
    return RetryableError(f"{path}: {error.strerror or 'the disk does not answer'}")


def _is(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that has that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _entry(name: str, found: os.stat_result) -> Entry:
    return Entry(name, found.st_size, found.st_mtime)


def _sync(folder: Path) -> None:
    """Names stand in their folder: without this a crash may forget a new one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
