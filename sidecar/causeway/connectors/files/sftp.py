"""A folder of another machine, over SFTP (draft-ietf-secsh-filexfer-02, as OpenSSH speaks it)."""

from __future__ import annotations

import base64
import errno
import posixpath
import queue
import socket
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import CMD_EXTENDED

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.files.place import LOCK_SECONDS, Entry, Gone, TooLarge
from causeway.connectors.http import CONNECT_SECONDS
from causeway.errors import ConnectorError, CredentialsError, RetryableError

PORT = 22
_LOST = (paramiko.SSHException, EOFError, socket.timeout, ConnectionError)


@dataclass
class _Session:
    transport: paramiko.Transport
    sftp: paramiko.SFTPClient
    ahead: float | None = None
    """How far the clock there is ahead of ours, in seconds, once it was looked at."""


class SftpPlace:
    """See `Place`. Sessions are kept and lent to one thread at a time; a broken one is dropped."""

    def __init__(self, settings: ConnectionSettings, options: Mapping[str, Any]) -> None:
        parts = urlsplit(settings.url)
        self._host, self._port = parts.hostname or "", parts.port or PORT
        self._root = unquote(parts.path) or "."
        self._said = options.get("sftp") or {}
        self._secret = settings.token
        self._timeout = settings.timeout_seconds
        self._idle: queue.LifoQueue[_Session] = queue.LifoQueue()
        self._work = options["work_folder"]

    def entries(self, folder: str) -> list[Entry]:
        with self._session(folder) as session:
            try:
                found = session.sftp.listdir_attr(self._at(folder))
            except FileNotFoundError:
                self._stands(session)
                return []
        return [
            _entry(item.filename, item)
            for item in found
            if stat.S_ISREG(item.st_mode or 0) and _is_name(item.filename)
        ]

    def folders(self, folder: str) -> list[str]:
        with self._session(folder) as session:
            try:
                found = session.sftp.listdir_attr(self._at(folder))
            except FileNotFoundError:
                return []
        names = [x.filename for x in found if stat.S_ISDIR(x.st_mode or 0)]
        return sorted(name for name in names if _is_name(name))

    def stat(self, path: str) -> Entry | None:
        with self._session(path) as session:
            try:
                found = session.sftp.lstat(self._at(path))
            except FileNotFoundError:
                self._stands(session)
                return None
        return _entry(posixpath.basename(path), found) if stat.S_ISREG(found.st_mode or 0) else None

    def read(self, path: str, most: int) -> bytes:
        with self._session(path) as session:
            try:
                found = session.sftp.lstat(self._at(path))
            except FileNotFoundError:
                self._stands(session)
                raise
            if not stat.S_ISREG(found.st_mode or 0):
                raise Gone(f"{path} is no plain file")
            if (found.st_size or 0) > most:
                raise TooLarge(f"{path} is larger than most_bytes ({most})")
            with session.sftp.open(self._at(path), "rb") as file:
                file.prefetch(found.st_size)
                content: bytes = file.read(most + 1)
        if len(content) > most:
            raise TooLarge(f"{path} is larger than most_bytes ({most})")
        return content

    def put(self, path: str, content: bytes) -> None:
        folder, name = posixpath.split(path)
        whole = self._at(f"{folder}/.{name}.{uuid4().hex[:8]}.tmp")
        with self._session(path) as session:
            self._make(session, folder)
            try:
                with session.sftp.open(whole, "wx") as file:
                    file.set_pipelined(True)
                    file.write(content)
                    file.flush()
                    _sync(session, file)
                if session.sftp.stat(whole).st_size != len(content):
                    raise RetryableError(f"{path} did not arrive whole")
                _rename(session, whole, self._at(path))
            except BaseException:
                with suppress(*_LOST, OSError):
                    session.sftp.remove(whole)
                raise

    def move(self, source: str, target: str) -> None:
        with self._session(source) as session:
            self._make(session, posixpath.dirname(target))
            _rename(session, self._at(source), self._at(target))

    def remove(self, path: str) -> None:
        with self._session(path) as session, suppress(FileNotFoundError):
            session.sftp.remove(self._at(path))

    def remove_folder(self, folder: str) -> None:
        with self._session(folder) as session, suppress(OSError):
            session.sftp.rmdir(self._at(folder))

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """A file that only one can make; one that was left behind is broken open."""
        with self._session(path) as session:
            self._make(session, posixpath.dirname(path))
            try:
                session.sftp.open(self._at(path), "wx").close()
            except OSError as error:
                if error.errno is not None:
                    raise
                self._break_open(session, path)
                raise RetryableError("another process is about that file") from error
        try:
            yield
        finally:
            with suppress(ConnectorError):
                self.remove(path)

    def now(self) -> float:
        """Their clock is looked at once in a session, by the time a new file of ours gets."""
        with self._session(self._work) as session:
            return self._now(session)

    def visit(self, folders: Sequence[str]) -> None:
        for folder in folders:
            probe = f"{folder}/.{uuid4().hex}.tmp"
            with self._session(folder) as session:
                self._make(session, folder)
                session.sftp.open(self._at(probe), "wx").close()
                session.sftp.remove(self._at(probe))

    def _at(self, path: str) -> str:
        return posixpath.join(self._root, path)

    def _stands(self, session: _Session) -> None:
        try:
            session.sftp.stat(self._root)
        except FileNotFoundError as error:
            raise RetryableError("its folder is not there; is its disk mounted?") from error

    def _make(self, session: _Session, folder: str) -> None:
        """Make the folder and those above it, but not the root."""
        if not folder:
            return
        try:
            session.sftp.stat(self._at(folder))
        except FileNotFoundError:
            self._stands(session)
            self._make(session, posixpath.dirname(folder))
            try:
                session.sftp.mkdir(self._at(folder))
            except OSError as error:
                if error.errno is not None:  # anything but: somebody else made it meanwhile
                    raise

    def _break_open(self, session: _Session, path: str) -> None:
        try:
            made = session.sftp.stat(self._at(path)).st_mtime or 0
            if self._now(session) - made > LOCK_SECONDS:
                session.sftp.remove(self._at(path))
        except FileNotFoundError:
            return

    def _now(self, session: _Session) -> float:
        if session.ahead is None:
            self._make(session, self._work)
            probe = self._at(f"{self._work}/.{uuid4().hex}.tmp")
            with session.sftp.open(probe, "wx") as file:
                made = file.stat().st_mtime or 0
            session.sftp.remove(probe)
            session.ahead = made - time.time()
        return time.time() + session.ahead

    @contextmanager
    def _session(self, path: str) -> Iterator[_Session]:
        """A session of our own while it is needed; what goes wrong as an error of ours."""
        try:
            session = self._idle.get_nowait()
            if not session.transport.is_active():
                session = self._open()
        except queue.Empty:
            session = self._open()
        try:
            yield session
        except _LOST as error:
            session.transport.close()
            raise RetryableError("the connection to it ended") from error
        except OSError as error:
            self._idle.put(session)
            raise _of(error, path) from error
        except BaseException:
            self._idle.put(session)
            raise
        self._idle.put(session)

    def _open(self) -> _Session:
        try:
            line = socket.create_connection(
                (self._host, self._port), min(CONNECT_SECONDS, self._timeout)
            )
        except OSError as error:
            raise RetryableError("it cannot be reached") from error
        transport = paramiko.Transport(line)
        try:
            return self._signed_in(transport)
        except paramiko.AuthenticationException as error:
            transport.close()
            raise CredentialsError("it does not accept our user, password or key") from error
        except (*_LOST, OSError) as error:
            transport.close()
            raise RetryableError("it is no SFTP server, or ended the connection") from error
        except BaseException:
            transport.close()
            raise

    def _signed_in(self, transport: paramiko.Transport) -> _Session:
        wanted = [key.split() for key in self._said.get("host_keys", ())]
        transport.banner_timeout = transport.auth_timeout = self._timeout
        self._prefer(transport, {name for name, _ in wanted})
        transport.start_client(timeout=self._timeout)
        key = transport.get_remote_server_key()
        shown = [key.get_name(), base64.b64encode(key.asbytes()).decode()]
        if shown not in wanted:
            raise CredentialsError(
                f"it shows the key {' '.join(shown)}, which is not among sftp.host_keys; ask its "
                "people whether that key is theirs"
            )
        user = self._said.get("user", "")
        if self._said.get("key_file"):
            transport.auth_publickey(user, self._key())
        else:
            transport.auth_password(user, self._secret, fallback=False)
        channel = transport.open_session(timeout=self._timeout)
        channel.settimeout(self._timeout)
        channel.invoke_subsystem("sftp")
        return _Session(transport, paramiko.SFTPClient(channel))

    @staticmethod
    def _prefer(transport: paramiko.Transport, names: set[str]) -> None:
        """Ask for the kind of key that we know, first of all."""
        security = transport.get_security_options()
        rsa = "ssh-rsa" in names  # the name of the key; its signatures have others
        kinds = [k for k in security.key_types if k in names or (rsa and k.startswith("rsa-"))]
        security.key_types = [*kinds, *(k for k in security.key_types if k not in kinds)]

    def _key(self) -> paramiko.PKey:
        path = self._said["key_file"]
        try:
            passphrase = self._secret or None
            return paramiko.PKey.from_path(path, passphrase)
        except (OSError, ValueError, TypeError, paramiko.SSHException, UnknownKeyType) as e:
            raise CredentialsError(
                "the key in sftp.key_file cannot be read; check its path, its rights and that "
                "token is its passphrase"
            ) from e


def _rename(session: _Session, source: str, target: str) -> None:
    """In one step; a server without OpenSSH's extension gets the plain kind."""
    try:
        session.sftp.posix_rename(source, target)
    except OSError as error:
        if error.errno is not None or "nsupported" not in str(error):
            raise
        session.sftp.rename(source, target)


def _sync(session: _Session, file: paramiko.SFTPFile) -> None:
    """To the disk over there, where the server can be asked for it (fsync@openssh.com)."""
    with suppress(OSError):
        session.sftp._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)  # type: ignore[attr-defined]


def _of(error: OSError, path: str) -> ConnectorError:
    if error.errno == errno.ENOENT:
        return Gone(f"{path} is not there")
    if error.errno == errno.EACCES:
        return CredentialsError(f"{path} cannot be read or written by this user")
    return RetryableError(f"{path}: it answers {str(error)[:100] or 'with a failure'}")


def _entry(name: str, found: paramiko.SFTPAttributes) -> Entry:
    return Entry(name, found.st_size or 0, float(found.st_mtime or 0))


def _is_name(name: str) -> bool:
    """A hostile server may name files as it likes."""
    return name not in ("", ".", "..") and "/" not in name and "\x00" not in name
