"""Promise: `check` says what is wrong, in words, and raises nothing."""

from __future__ import annotations

from causeway.connectors import base, registry
from causeway.connectors.base import Check, ConnectionSettings
from causeway.connectors.conformance.hooks import SystemHooks
from causeway.connectors.conformance.promises import CHECKED, promise
from causeway.connectors.faulty import faulty

# Which protocol the promise of a capability is kept by; any of them will do.
KEPT_BY: dict[str, tuple[type, ...]] = {
    "shipments": (base.ReportsShipments,),
    "stock": (base.ReportsStock,),
    "prices": (base.ReportsPrices,),
    "cancel": (base.CancelsOrders, base.CancelsRequests),
    "cancel_lines": (base.CancelsOrders, base.CancelsRequests),
    "update": (base.UpdatesOrders,),
    "returns": (base.TakesReturns,),
    "payments": (base.TakesPayments,),
    "journal": (base.PostsJournals,),
    "invoices": (base.ReportsInvoices,),
    "remote_refunds": (base.ReportsRefunds,),
    "reverse_refunds": (base.ReversesRefunds,),
    "reads_orders": (base.ReadsOrders,),
    "answers": (base.ReportsAnswers,),
    "labels": (base.GivesLabels,),
    "webhooks": (base.TakesWebhooks,),
}


class ChecksInWords(SystemHooks):
    @promise(CHECKED)
    def test_check_says_that_all_is_well(self, connection: ConnectionSettings) -> None:
        check = registry.build(connection).check()
        assert check.ok, check
        assert check.detail

    @promise(CHECKED)
    def test_check_says_that_nobody_answers(self, connection: ConnectionSettings) -> None:
        _says_why(registry.build(self.unreachable(connection)).check(), connection)

    @promise(CHECKED)
    def test_check_says_that_the_credentials_are_wrong(
        self, connection: ConnectionSettings
    ) -> None:
        _says_why(registry.build(self.wrong_credentials(connection)).check(), connection)

    @promise(CHECKED)
    def test_check_says_that_a_stranger_answers(self, connection: ConnectionSettings) -> None:
        """As when the address leads to a login page."""
        self.needs_http()
        with faulty(connection.url, lambda *_: "lie_page") as proxy:
            check = registry.build(self.through(connection, proxy.url)).check()
        _says_why(check, connection)

    @promise(CHECKED)
    def test_what_it_says_it_can_do_it_has_methods_for(
        self, connection: ConnectionSettings
    ) -> None:
        connector = registry.build(connection)
        for capability, protocols in KEPT_BY.items():
            if getattr(connector.capabilities, capability):
                assert isinstance(connector, protocols), (capability, protocols)


def _says_why(check: Check, connection: ConnectionSettings) -> None:
    assert not check.ok
    assert check.problems, "it says that something is wrong, and not what"
    said = " ".join((check.detail, *check.problems))
    assert "Traceback" not in said
    assert "Error(" not in said, "a sentence is due, not the name of an exception"
    for secret in filter(None, (connection.token, connection.webhook_secret)):
        assert secret not in said
