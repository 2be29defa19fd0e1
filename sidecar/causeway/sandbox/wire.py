"""What comes in and what goes out, apart from sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

MAX_BODY = 1024 * 1024
MAX_PATH = 300


class Refusal(Exception):
    """A request that is not done. `field` is the path of what is wrong, where one field is.

    `value` is what stands there, where the sender cannot tell it by the path alone.
    """

    def __init__(
        self, status: int, code: str, message: str, field: str = "", value: str = ""
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.value = value
        super().__init__(message)


@dataclass(frozen=True)
class Request:
    """One request, read whole. `refusal` is set when it could not even be read."""

    method: str
    target: str
    token: str = ""
    body: bytes = b""
    refusal: Refusal | None = None

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0], errors="replace")

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; the last of several with one name counts."""
        text = self.target.partition("?")[2]
        return {name: values[-1] for name, values in parse_qs(text, max_num_fields=20).items()}

    @cached_property
    def data(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Refusal 400 for anything else."""
        try:
            data = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Refusal(400, "bad_json", f"the body is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise Refusal(400, "bad_json", "the body must be a JSON object")
        return data

    @property
    def external_ref(self) -> str:
        """The reference this request is about, for the log; empty when it names none."""
        try:
            value = self.data.get("external_ref") if self.body else self.query.get("external_ref")
        except (Refusal, ValueError):
            return ""
        return value[:255] if isinstance(value, str) else ""


@dataclass(frozen=True)
class Reply:
    """One answer. With `cut` the connection is closed and not a byte of it is sent.

    `pace` is the seconds over which it is sent, byte by byte; `halved` sends half of it and closes.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    pace: float = 0.0
    halved: bool = False

    @classmethod
    def json(cls, data: object, status: int = 200) -> Reply:
        return cls(status, orjson.dumps(data))

    @classmethod
    def html(cls, text: str, status: int = 200) -> Reply:
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return cls(status, text.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)

    @classmethod
    def refused(cls, refusal: Refusal, **more: object) -> Reply:
        """`{"error": {"code", "message", "field"}}`, with what else the caller should know."""
        error = {"code": refusal.code, "message": refusal.message, "field": refusal.field or None}
        if refusal.value:
            error["value"] = refusal.value
        return cls.json({"error": error, **more}, refusal.status)
