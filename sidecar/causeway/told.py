"""States that can explain themselves."""

from __future__ import annotations

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
