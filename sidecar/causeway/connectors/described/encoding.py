"""Plain data as JSON, XML or a form, and back. Everything is escaped by a library, nothing by us.

In XML a key that begins with @ is an attribute, #text is the element's own text, and a list repeats
its element; the same is made of what is read, where an element that comes once is no list.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from causeway.errors import RejectedError

DEEPEST = 100
CONTENT_TYPES = {
    "json": "application/json",
    "xml": "application/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
}


def encoded(data: Any, encoding: str, root: str = "") -> bytes:
    """`data` as they want it; `root` names the root element of XML. Raises RejectedError."""
    try:
        if encoding == "xml":
            return xml_of(data, root)
        if encoding == "form":
            pairs = data.items() if isinstance(data, dict) else ()
            return urlencode([(k, _scalar(v)) for k, v in pairs if v is not None]).encode()
        return orjson.dumps(data, default=_exact)
    except (TypeError, ValueError, orjson.JSONEncodeError) as error:
        raise RejectedError(
            f"the body that the settings make is no {encoding}; check its expression",
            code="settings",
        ) from error


def readable(content: bytes) -> str:
    """JSON with a line for each thing, for people; every digit as it stands."""
    return orjson.dumps(json_data(content), default=_exact, option=orjson.OPT_INDENT_2).decode()


def json_data(content: bytes) -> Any:
    """Numbers with decimals keep every digit. Raises ValueError."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def xml_data(content: bytes) -> Any:
    """The root element's content. Raises ValueError, also for entities of its own making."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError("is no XML, or more than that") from error
    return _read(root, 0)


def xml_of(data: Any, root: str) -> bytes:
    """Raises ValueError or TypeError for what cannot be XML."""
    element = Element(root)
    _write(element, data, 0)
    found: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return found


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str | int):
        return str(value)
    raise TypeError(type(value).__name__)


def _write(element: Element, data: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("is nested too deep")
    if not isinstance(data, dict):
        element.text = _legal(data)
        return
    for key, value in data.items():
        if value is None:
            continue
        if key == "#text":
            element.text = _legal(value)
        elif key.startswith("@"):
            element.set(_name(key[1:]), _legal(value))
        else:
            for item in value if isinstance(value, list) else [value]:
                _write(SubElement(element, _name(key)), item, depth + 1)


def _name(key: str) -> str:
    """ElementTree writes any text as a name; only what is one may pass."""
    if not key.replace("_", "").replace("-", "").replace(".", "").replace(":", "").isalnum():
        raise ValueError("is no name of an element")
    return key


def _legal(value: Any) -> str:
    """Without the signs that XML 1.0 has no place for."""
    text = "" if value is None else _scalar(value)
    return "".join(
        sign for sign in text
        if sign in "\t\n\r" or (" " <= sign <= "\ud7ff") or ("\ue000" <= sign <= "\ufffd")
        or sign > "\uffff"
    )  # fmt: skip


def _read(element: Element, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError("is nested too deep")
    data: dict[str, Any] = {f"@{_local(key)}": value for key, value in element.attrib.items()}
    for child in element:
        name, value = _local(child.tag), _read(child, depth + 1)
        if name in data and not name.startswith("@"):
            known = data[name]
            data[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            data[name] = value
    text = (element.text or "").strip()
    if not data:
        return text
    return {**data, "#text": text} if text else data


def _local(name: str) -> str:
    return name.rpartition("}")[2]
