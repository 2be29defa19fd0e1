"""One tree of errors. The class says what happens next; the message says it to a person."""

from __future__ import annotations


class CausewayError(Exception):
    """Anything Causeway raises on purpose. Its text may be shown: no secrets, no personal data."""


class ConfigError(CausewayError):
    """The settings cannot be used. Carries every problem found, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class ConnectorError(CausewayError):
    """A call to a connection did not end as it should. Raised only as one of the classes below."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason)


class RetryableError(ConnectorError):
    """Nothing was done over there; the same call may succeed later.

    `retry_after` is what the other side asked for, in seconds, or None to follow the schedule.
    """

    def __init__(
        self, reason: str, *, retry_after: float | None = None, status: int | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(reason, status=status)


class UnknownOutcome(ConnectorError):
    """The call may have worked. Look up by the delivery's key before anything is sent again."""


class NotYet(ConnectorError):
    """The other side has the document and will say later what became of it: ask again then.

    Nothing went wrong, so no attempt is used up and nobody else has to wait. `again` is in seconds.
    """

    def __init__(self, reason: str, *, again: float) -> None:
        self.again = again
        super().__init__(reason)


class RejectedError(ConnectorError):
    """The other side understood and refused; sending it again cannot help. A person must look.

    `code` is a short stable word for the kind of refusal (`unknown_item`, `invalid`, …).
    """

    def __init__(self, reason: str, *, code: str = "rejected", status: int | None = None) -> None:
        self.code = code
        super().__init__(reason, status=status)


class CredentialsError(ConnectorError):
    """The other side does not accept our credentials (401, 403). Pauses the whole connection."""


class MappingMissing(RejectedError):
    """A word of ours has no counterpart over there. Names the table and the value that lack it:
    `product` for a SKU, else the other side's own word for such a thing.
    """

    def __init__(self, table: str, value: str) -> None:
        self.table = table
        self.value = value
        super().__init__(f"no {table} is mapped for {value!r}", code="mapping_missing")


class TooLate(RejectedError):
    """The document went too far over there for what was asked: shipped, invoiced, done."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason, code="too_late", status=status)


class MappingError(CausewayError):
    """A payload makes no sense as what it claims to be; `field` is the path, `remedy` a way on."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        self.field = field
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{field}: {problem}. {remedy}")
