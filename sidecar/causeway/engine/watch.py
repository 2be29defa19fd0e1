"""The watch: raises an alert once when something needs a person, and takes it back by itself.

An alert is a log line, an event at Sentry where that is set up, and a case of kind `alert`. Which
are open stands in the ledger, so that several processes that watch say it once. Where the ledger
itself cannot be written, each process says it once for itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from causeway.engine import checks
from causeway.engine.checks import Finding
from causeway.engine.context import Context
from causeway.errors import CausewayError
from causeway.ledger import cases
from causeway.ledger.cases import NewCase

log = logging.getLogger("causeway.watch")
WATCH_SECONDS = 15.0
KIND = "alert"
PATIENCE_SECONDS = 3.0
REMEDIES = {
    "ledger": "Until it is mended, intake refuses and the shops keep what they have.",
    "schema": "Run: causeway ledger migrate.",
    "disk": "Make room on the disk, or lower [retention] payload_days.",
    "pump": "Look why `causeway pump` does not run; causeway.log tells more.",
    "clock": "Set the machine's clock, and keep it by NTP.",
    "deliveries": "Look at the connection: causeway connection check NAME.",
}


class Alert(CausewayError):
    """Something needs a person. For Sentry."""


@dataclass
class Watch:
    context: Context
    _said: set[str] = field(default_factory=set)

    def look(self) -> list[Finding]:
        """Look once at everything; what needs a person now."""
        findings = [*checks.keeping(self.context), *checks.working(self.context)]
        try:
            self._keep(findings)
        except (SQLAlchemyError, OSError, CausewayError):
            for finding in findings:
                if finding.alert and finding.name not in self._said:
                    self._said.add(finding.name)
                    self._say(finding)
        return [finding for finding in findings if finding.alert]

    def _keep(self, findings: list[Finding]) -> None:
        """Open and close the cases, and say what is new. Writes only when something changed."""
        with self.context.ledger.read() as connection:
            known = {f.name for f in findings if cases.is_open_key(connection, key_of(f.name))}
        fresh = [f for f in findings if f.alert and f.name not in known]
        over = [f for f in findings if not f.alert and f.name in known]
        if not fresh and not over:
            self._said = {f.name for f in findings if f.alert}
            return
        now, opened = self.context.now(), []
        with self.context.ledger.write(PATIENCE_SECONDS) as connection:
            for finding in fresh:
                if not cases.is_open_key(connection, key_of(finding.name)):
                    cases.open_new(connection, [_case(finding)], now)
                    opened.append(finding)
            cases.resolve(connection, [key_of(f.name) for f in over], "causeway", now, "it is over")
        for finding in opened:
            if finding.name not in self._said:
                self._say(finding)
        for finding in over:
            log.info("alert over: %s: %s", finding.name, finding.output)
        self._said = {f.name for f in findings if f.alert}

    def _say(self, finding: Finding) -> None:
        log.error("alert: %s: %s", finding.name, finding.output)
        self.context.report(Alert(f"{finding.name}: {finding.output}"))


def key_of(name: str) -> str:
    return f"alert:{name}"


def _case(finding: Finding) -> NewCase:
    return NewCase(
        key=key_of(finding.name),
        kind=KIND,
        title=f"{finding.name.capitalize()}: {finding.output}",
        detail="This closes by itself when it is over.",
        remedy=REMEDIES.get(finding.name, "Run: causeway doctor."),
    )
