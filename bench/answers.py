"""Reading HTTP/1.1 answers from a kept connection, with as little work as will do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,10})[ \t]*\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)
_LONGEST_HEAD = 65536


class NotUnderstood(Exception):
    """The bytes are no HTTP/1.1 answer with a Content-Length."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    closes: bool
    """The server ends the connection after this one."""


class AnswerReader:
    """Collects the bytes of one connection and cuts them into answers."""

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> list[Answer]:
        """The answers that are whole now. Raises NotUnderstood; the connection is then spoilt."""
        self._bytes += data
        found: list[Answer] = []
        while (answer := self._next()) is not None:
            found.append(answer)
        return found

    def _next(self) -> Answer | None:
        end = self._bytes.find(b"\r\n\r\n")
        if end < 0:
            if len(self._bytes) > _LONGEST_HEAD:
                raise NotUnderstood("the head does not end")
            return None
        head = self._bytes[: end + 2]
        status, length = _STATUS.match(head), _LENGTH.search(head)
        if status is None or length is None:
            raise NotUnderstood("no status, or no Content-Length")
        after = end + 4 + int(length[1])
        if len(self._bytes) < after:
            return None
        body = self._bytes[end + 4 : after]
        self._bytes = self._bytes[after:]
        return Answer(int(status[1]), body, _CLOSE.search(head) is not None)
