"""Promise: a webhook is verified before it is read, and is nothing but a hint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar, cast
from unittest import SkipTest

from requests.structures import CaseInsensitiveDict

from causeway.connectors.base import ConnectionSettings, Hint, TakesWebhooks
from causeway.connectors.conformance.hooks import SystemHooks, capable
from causeway.connectors.conformance.promises import HINTS, promise
from causeway.connectors.conformance.tools import raised, refused
from causeway.errors import CredentialsError, RejectedError

ADDRESS = "https://causeway.example/v1/connections/it/webhooks"
_HOSTILE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"a":' * 2000,
    b"<a/>",
    b"0" * 65536,
)


class WebhookConformance(SystemHooks):
    """For a connector that takes webhooks. `connection` must have a `webhook_secret`."""

    signs_the_body: ClassVar[bool] = True
    """False where the header holds the secret itself, whatever the body."""

    def genuine(
        self, connection: ConnectionSettings
    ) -> tuple[Mapping[str, str], bytes, tuple[str, ...]]:
        """One webhook as the system sends it (headers, body), and the feeds it is about."""
        raise NotImplementedError("Record one that the system sent, or sign one as it does.")

    def sign(self, connection: ConnectionSettings, body: bytes) -> Mapping[str, str]:
        """The headers that make any body genuine."""
        raise SkipTest("nobody but the system itself can sign here")

    def subscriptions(self, connection: ConnectionSettings) -> list[str]:
        """The addresses the system sends its webhooks to, asked past the connector."""
        raise SkipTest("this system does not tell its subscriptions")

    @promise(HINTS)
    def test_a_genuine_webhook_hints_at_its_feeds(self, connection: ConnectionSettings) -> None:
        headers, body, feeds = self.genuine(connection)
        for spelling in (str.lower, str.upper):
            sent = {spelling(name): value for name, value in headers.items()}
            hints = self._verified(connection, sent, body)
            assert {hint.feed for hint in hints} == set(feeds)

    @promise(HINTS)
    def test_a_forged_one_is_refused(self, connection: ConnectionSettings) -> None:
        headers, body, _ = self.genuine(connection)
        other = replace(connection, webhook_secret="whsec_" + "B" * 32)
        raised(CredentialsError, lambda: self._verified(other, headers, body))
        raised(CredentialsError, lambda: self._verified(connection, {}, body))
        for name in headers:
            for value in ("", "x", headers[name][:-1], headers[name] + "x", "\x00", "ÿ" * 300):
                self._does_not_pass(connection, {**headers, name: value}, headers, body)

    @promise(HINTS)
    def test_without_a_secret_nothing_is_believed(self, connection: ConnectionSettings) -> None:
        headers, body, _ = self.genuine(connection)
        without = replace(connection, webhook_secret="")
        raised(CredentialsError, lambda: self._verified(without, headers, body))
        blank = dict.fromkeys(headers, "")
        raised(CredentialsError, lambda: self._verified(without, blank, body))

    @promise(HINTS)
    def test_a_body_changed_on_the_way_is_refused(self, connection: ConnectionSettings) -> None:
        if not self.signs_the_body:
            raise SkipTest("this system's webhooks carry its secret and sign no body")
        headers, body, _ = self.genuine(connection)
        raised(CredentialsError, lambda: self._verified(connection, headers, body + b" "))

    @promise(HINTS)
    def test_whatever_a_stranger_sends_is_refused_and_breaks_nothing(
        self, connection: ConnectionSettings
    ) -> None:
        for body in _HOSTILE:
            raised(CredentialsError, partial(self._verified, connection, {}, body))

    @promise(HINTS)
    def test_a_genuine_one_that_makes_no_sense_is_no_hint_or_a_refusal(
        self, connection: ConnectionSettings
    ) -> None:
        for body in _HOSTILE:
            headers = self.sign(connection, body)
            try:
                hints = self._verified(connection, headers, body)
            except RejectedError:
                continue
            assert all(isinstance(hint, Hint) for hint in hints)

    @promise(HINTS)
    def test_subscribing_again_leaves_one_subscription(
        self, connection: ConnectionSettings
    ) -> None:
        connector = self._connector(connection)
        for _ in range(3):
            connector.renew_subscriptions(ADDRESS)
        assert self.subscriptions(connection).count(ADDRESS) == 1

    @promise(HINTS)
    def test_subscribing_where_nobody_answers_says_so(self, connection: ConnectionSettings) -> None:
        connector = self._connector(self.unreachable(connection))
        self.subscriptions(connection)
        refused(lambda: connector.renew_subscriptions(ADDRESS))

    def _does_not_pass(
        self,
        connection: ConnectionSettings,
        sent: Mapping[str, str],
        genuine: Mapping[str, str],
        body: bytes,
    ) -> None:
        """A header that has nothing to do with the signature may be anything."""
        try:
            hints = self._verified(connection, sent, body)
        except CredentialsError:
            return
        assert hints == self._verified(connection, genuine, body)
        changed = {name for name in sent if sent[name] != genuine[name]}
        assert not changed & set(self._signing(connection, genuine, body))

    def _signing(
        self, connection: ConnectionSettings, genuine: Mapping[str, str], body: bytes
    ) -> list[str]:
        """The headers without which the webhook is not believed."""
        needed = []
        for name in genuine:
            rest = {other: value for other, value in genuine.items() if other != name}
            try:
                self._verified(connection, rest, body)
            except CredentialsError:
                needed.append(name)
        return needed

    def _connector(self, connection: ConnectionSettings) -> TakesWebhooks:
        return cast(TakesWebhooks, capable(connection, "webhooks", TakesWebhooks))

    def _verified(
        self, connection: ConnectionSettings, headers: Mapping[str, str], body: bytes
    ) -> tuple[Hint, ...]:
        return self._connector(connection).verify_webhook(CaseInsensitiveDict(headers), body)
