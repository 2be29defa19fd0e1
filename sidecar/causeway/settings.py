"""File + environment → frozen settings. All problems are found at once; secrets never print.

The file is TOML. Every value can also come from the environment: `CAUSEWAY_SERVER__PORT=8081`,
`CAUSEWAY_CONNECTIONS__ERP__TOKEN=…`; a name that ends in `_FILE` names a file that holds the value
(as container secrets do). The environment wins.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from marshmallow import ValidationError

from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings
from causeway.errors import ConfigError
from causeway.policy import Rule, StorePolicy, Translation
from causeway.settings_schema import ConnectionSchema, SettingsSchema

PREFIX = "CAUSEWAY_"
# Said to single commands, not settings.
NOT_SETTINGS = ("CAUSEWAY_CONFIG", "CAUSEWAY_LOG_LEVEL", "CAUSEWAY_PAIRING", "CAUSEWAY_CACHE",
                "CAUSEWAY_SYSTEM_PACKAGES", "CAUSEWAY_MATRIX")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerSettings:
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """Where shops reach this sidecar; empty means host and port as they are."""
    threads: int = 8
    processes: int = 1
    """More than one only with PostgreSQL: SQLite has one writer."""
    trusted_proxies: int = 0
    """How many proxies stand in front whose X-Forwarded headers are believed."""

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    max_body_bytes: int = 2 * 1024 * 1024
    max_batch_events: int = 200
    tolerance_seconds: int = 300
    """How far a shop's clock may be off, either way (Standard Webhooks uses five minutes)."""


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How many days things are kept in full after they are finished; 0 keeps them for good."""

    payload_days: int = 90
    """What events and deliveries said. Their keys and hashes stay."""
    updates_days: int = 90
    """What shops were told and have acknowledged. The keys stay."""
    attempts_days: int = 180
    audit_days: int = 730


@dataclass(frozen=True, slots=True)
class OpsSettings:
    password: str = field(default="", repr=False)
    session_key: str = field(default="", repr=False)
    secure_cookies: bool = False
    """Set where the pages are served over TLS: the session cookie then never travels without."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process of the sidecar needs to know. Times in seconds, sizes in bytes."""

    data_dir: Path
    ledger_url: str
    redis_url: str
    sentry_dsn: str = field(default="", repr=False)
    server: ServerSettings = ServerSettings()
    intake: IntakeSettings = IntakeSettings()
    retention: RetentionSettings = RetentionSettings()
    ops: OpsSettings = OpsSettings()
    connections: tuple[ConnectionSettings, ...] = ()
    policies: Mapping[str, StorePolicy] = field(default_factory=dict)
    min_free_bytes: int = 64 * 1024 * 1024
    """Below this much free disk intake refuses rather than promise what it cannot keep."""

    def policy(self, store: str) -> StorePolicy:
        return self.policies.get(store, StorePolicy())

    def connection(self, name: str) -> ConnectionSettings:
        return next(c for c in self.connections if c.name == name)

    def connections_for(self, store: str, role: str) -> tuple[ConnectionSettings, ...]:
        """The connections that play `role` for `store`, in the order of the file."""
        return tuple(c for c in self.connections if role in c.roles and c.serves(store))


def raw(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """The values of the file and the environment, joined but not looked at yet.

    Raises ConfigError when one of them cannot be read.
    """
    problems: list[str] = []
    found = _merge(_read_file(path, problems), _from_environment(environ, problems))
    if problems:
        raise ConfigError(problems)
    return found


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file (if any), then the environment over it.

    Raises ConfigError with every problem: the name, what is wrong, what it should be.
    """
    problems: list[str] = []
    raw = _merge(
        _read_file(path, problems),
        _from_environment(os.environ if environ is None else environ, problems),
    )
    connections = _connections(raw.pop("connections", {}), problems)
    try:
        values = SettingsSchema().load(raw)
    except ValidationError as error:
        problems.extend(_sentences(error.messages))
        values = {}
    if problems:
        raise ConfigError(problems)
    return _assemble(values, connections)


def _assemble(values: Mapping[str, Any], connections: list[ConnectionSettings]) -> Settings:
    data = Path(values["data_dir"]).expanduser().absolute()
    return Settings(
        data_dir=data,
        ledger_url=values["ledger"].get("url") or f"sqlite:///{data / 'ledger.sqlite'}",
        redis_url=values["redis"].get("url") or f"unix://{data / 'redis.sock'}",
        sentry_dsn=values["sentry"].get("dsn", ""),
        server=ServerSettings(**values["server"]),
        intake=IntakeSettings(**values["intake"]),
        retention=RetentionSettings(**values["retention"]),
        ops=OpsSettings(**values["ops"]),
        connections=tuple(connections),
        policies={name: _policy(policy) for name, policy in values["stores"].items()},
        min_free_bytes=values["min_free_bytes"],
    )


def _policy(values: Mapping[str, Any]) -> StorePolicy:
    lists = ("warehouses", "required_mappings", "product_fields")
    read: dict[str, Any] = {**values, **{k: tuple(values[k]) for k in lists if k in values}}
    for name in ("hold_marks", "adopt"):
        if name in values:
            read[name] = {key: tuple(words) for key, words in values[name].items()}
    if "routes" in values:
        read["routes"] = tuple(_rule(rule) for rule in values["routes"])
    if "translations" in values:
        read["translations"] = tuple(Translation(**entry) for entry in values["translations"])
    return StorePolicy(**read)


def _rule(values: Mapping[str, Any]) -> Rule:
    lists = {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
    return Rule(**{**values, **lists})


def _read_file(path: Path | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); check the path and its rights")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not TOML ({error})")
    return {}


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        path = name.removeprefix(PREFIX).lower()
        if path.endswith("_file"):
            path = path.removesuffix("_file")
            try:
                text = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
                problems.append(f"{name}: {value} cannot be read ({why})")
                continue
        else:
            text = value
        if not _put(found, path.split("__"), text):
            problems.append(f"{name}: is given as a value and as a table; keep one of the two")
    return found


def _put(node: Any, path: list[str], text: str) -> bool:
    """Write `text` at its path; False where the path leads through a value or ends at a table."""
    *parents, leaf = path
    for parent in parents:
        node = node.setdefault(parent, {})
        if not isinstance(node, dict):
            return False
    if isinstance(node.get(leaf), dict):
        return False
    node[leaf] = text
    return True


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid upon `base`, table by table."""
    for key, value in over.items():
        inner = base.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        base[key] = _merge(inner or {}, value) if both else value
    return base


def _connections(raw: Any, problems: list[str]) -> list[ConnectionSettings]:
    if not isinstance(raw, dict):
        problems.append("connections: is not a table; write [connections.NAME]")
        return []
    found = []
    for name, values in raw.items():
        path = f"connections.{name}"
        if not isinstance(values, dict):
            problems.append(f"{path}: is not a table; write [{path}]")
            continue
        try:
            loaded = ConnectionSchema().load({**values, "name": name})
            path += ".options"
            loaded["options"] = _options(loaded["kind"], loaded["options"])
        except ValidationError as error:
            problems.extend(_sentences(error.messages, path))
            continue
        loaded["roles"] = tuple(loaded["roles"])
        loaded["stores"] = tuple(loaded.get("stores", ("*",)))
        found.append(ConnectionSettings(**loaded))
    return found


def _options(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """As the kind's own schema reads them; as they are where its package cannot be used."""
    try:
        schema = registry.options_schema(kind)
    except registry.UnusableKindError:
        return values
    return cast(dict[str, Any], schema.load(values))


def _sentences(messages: Any, path: str = "") -> list[str]:
    """Marshmallow's nested messages as one sentence each, with the full name in front."""
    if isinstance(messages, dict):
        return [
            sentence
            for key, inner in messages.items()
            for sentence in _sentences(inner, _path(path, str(key)))
        ]
    texts = messages if isinstance(messages, list) else [messages]
    return [f"{path.removesuffix('._schema')}: {str(text).rstrip('.')}" for text in texts]


def _path(path: str, key: str) -> str:
    """The name one level down; that a dictionary's *value* is meant goes without saying."""
    if not path:
        return key
    return path if key == "value" else f"{path}.{key}"
