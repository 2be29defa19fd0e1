"""How it is, in one sentence and its reason, for who reads nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from causeway.ops.health import Finding, worst

_SENTENCES = {
    "pass": "Everything works.",
    "warn": "Causeway works, and something needs a look.",
    "fail": "Causeway cannot take orders now.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    sentence: str
    reason: str


def of(findings: Sequence[Finding]) -> Verdict:
    """The worst findings are the reason; when all is well, how deliveries stand is."""
    status = worst(list(findings))
    if status == "pass":
        reasons = [finding.output for finding in findings if finding.name == "deliveries"]
    else:
        reasons = [finding.output for finding in findings if finding.status == status]
    return Verdict(_SENTENCES[status], " ".join(reasons))
