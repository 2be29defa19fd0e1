"""Expressions of the settings: JMESPath with a few functions that a back office needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from jmespath.parser import ParsedResult

from causeway.connectors.described.formats import Formats
from causeway.connectors.described.keys import shortened
from causeway.errors import CausewayError, MappingMissing, RejectedError

LONGEST = 20_000
_Function = TypeVar("_Function", bound=Callable[..., Any])
_PLACE = re.compile(r"\{([^{}]+)\}")


def _takes(*types: str) -> Callable[[_Function], _Function]:
    """The kinds of arguments a function takes, in JMESPath's words, or `any`."""
    kinds: list[Any] = [{"types": [] if name == "any" else [name]} for name in types]

    def mark(function: _Function) -> _Function:
        return signature(*kinds)(function)

    return mark


class _Functions(Functions):
    """What expressions can call beside JMESPath's own functions; the README tells it to people.

    Raises ValueError where something is no number or no time.
    """

    def __init__(self, formats: Formats, tables: Mapping[str, Mapping[str, str]]) -> None:
        self._formats, self._tables = formats, tables

    @_takes("any")
    def _func_number(self, value: Any) -> Decimal:
        """A JSON number, digit by digit as it stands."""
        return _decimal(value)

    @_takes("any")
    def _func_decimal(self, value: Any) -> str:
        """A number with the decimal sign of the settings."""
        return self._formats.write_number(_decimal(value))

    @_takes("any", "string")
    def _func_amount(self, value: Any, currency: str) -> str:
        """An amount to the minor unit, as the settings want amounts."""
        return self._formats.write_amount(_decimal(value), currency)

    @_takes("any")
    def _func_negative(self, value: Any) -> str:
        return format(-_decimal(value), "f")

    @_takes("array")
    def _func_total(self, values: list[Any]) -> str:
        return format(sum((_decimal(value) for value in values), Decimal(0)), "f")

    @_takes("any", "any")
    def _func_times(self, one: Any, two: Any) -> str:
        return format(_decimal(one) * _decimal(two), "f")

    @_takes("any")
    def _func_date(self, value: Any) -> str | None:
        return self._formats.write_date(_time(value)) if value else None

    @_takes("any")
    def _func_time(self, value: Any) -> str | None:
        return self._formats.write_time(_time(value)) if value else None

    @_takes("string", "any")
    def _func_mapped(self, table: str, word: Any) -> str:
        """The word's counterpart in a table of the settings, or in its entry `*`."""
        found = self._tables.get(table, {})
        text = _text(word)
        if text not in found and "*" not in found:
            raise MappingMissing(table, text)
        return found.get(text, found.get("*", ""))

    @_takes("any", "any")
    def _func_default(self, value: Any, instead: Any) -> Any:
        return instead if value is None or value == "" else value

    @_takes("any", "number")
    def _func_cut(self, value: Any, length: int) -> str:
        return _text(value)[: int(length)]

    @_takes("any", "number")
    def _func_shortened(self, value: Any, length: int) -> str:
        return shortened(_text(value), int(length))

    @_takes("string")
    def _func_upper(self, value: str) -> str:
        return value.upper()

    @_takes("string")
    def _func_lower(self, value: str) -> str:
        return value.lower()

    @_takes("string", "string", "string")
    def _func_replaced(self, value: str, old: str, new: str) -> str:
        return value.replace(old, new)

    @_takes("string", "string")
    def _func_split(self, value: str, sign: str) -> list[str]:
        return value.split(sign) if sign else [value]

    @_takes("array", "object")
    def _func_each_with(self, rows: list[Any], more: dict[str, Any]) -> list[Any]:
        """Every row with more beside it: an expression over rows does not see what is around."""
        return [{**row, **more} for row in rows if isinstance(row, dict)]


@dataclass(frozen=True)
class Expressions:
    """Works expressions out under the formats and tables of one connection."""

    formats: Formats = field(default_factory=Formats)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def find(self, expression: str, data: Any) -> Any:
        """What the expression finds; None where there is nothing, or no expression.

        Raises RejectedError where it cannot be worked out, MappingMissing where a table lacks a
        word. Neither says anything of the data.
        """
        if not expression:
            return None
        options = jmespath.Options(custom_functions=_Functions(self.formats, self.tables))
        try:
            return _compiled(expression).search(data, options=options)
        except CausewayError:
            raise
        except (JMESPathError, ValueError, TypeError, DecimalException, AttributeError) as error:
            raise RejectedError(
                f"the expression {shortened(expression, 80)!r} in the settings cannot be worked "
                "out for this document",
                code="settings",
            ) from error

    def text(self, expression: str, data: Any) -> str:
        """The same as text; empty for nothing."""
        found = self.find(expression, data)
        return "" if found is None else _text(found)

    def path(self, template: str, data: Any) -> str:
        """`/orders/{key}` with each expression worked out, as one part of the path each."""
        return _PLACE.sub(lambda place: self._part(place[1], data), template)

    def _part(self, expression: str, data: Any) -> str:
        part = self.text(expression, data)
        if part in ("", ".", ".."):
            raise RejectedError(
                f"{expression} is empty or no part of a path; check the path in the settings",
                code="settings",
            )
        return quote(part, safe="")


def problem_of(expression: str) -> str | None:
    """What is wrong with an expression, in words, or None."""
    if len(expression) > LONGEST:
        return f"is longer than {LONGEST} characters"
    try:
        parsed = _compiled(expression)
    except JMESPathError as error:
        why = str(error).splitlines()[0].partition(": Parse error")[0]
        return f"is no JMESPath ({why}); text stands in 'quotes'"
    unknown = _unknown_functions(parsed.parsed)
    return f"calls {', '.join(unknown)}, which there is not" if unknown else None


def problem_of_template(template: str) -> str | None:
    """What is wrong with a path and the expressions in it, in words, or None."""
    if not template.startswith("/") or template.startswith("//"):
        return "must begin with one /; the address stands in url"
    if set(_PLACE.sub("", template)) & set("{}?#\\ ") or ".." in template:
        return "may have {expressions} and no ? # .. or blanks; put parameters into query"
    problems = (problem_of(place) for place in _PLACE.findall(template))
    return next((problem for problem in problems if problem), None)


@lru_cache(maxsize=2000)
def _compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


def _unknown_functions(node: Any) -> list[str]:
    found = []
    if node.get("type") == "function_expression" and node["value"] not in _Functions.FUNCTION_TABLE:
        found.append(f"{node['value']}()")
    for child in node.get("children", ()):
        if isinstance(child, dict):
            found += _unknown_functions(child)
    return found


def _decimal(value: Any) -> Decimal:
    """Our own numbers are decimals as text; theirs were read as such."""
    return Formats().read_number(value)


def _time(value: Any) -> datetime:
    return Formats().read_time(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    raise ValueError("is no text")
