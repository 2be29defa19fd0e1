"""States that can explain themselves, and lengths of time as people say them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Self


class Told(StrEnum):
    """An enumeration whose members carry a sentence for people: `NAME = "value", "sentence"`."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member


def span(length: timedelta) -> str:
    """A length of time in its two largest units: `3 min 12 s`; below a second, milliseconds."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    left, parts = round(seconds), []
    for name, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2]).replace(" ", "\N{NO-BREAK SPACE}")


def in_shell(word: str) -> str:
    """A word of somebody else's in a command that people copy into their shell: only a word."""
    return "'" + word.replace("'", "'\\''") + "'"
