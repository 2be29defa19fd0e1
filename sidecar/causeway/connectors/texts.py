"""Texts from shops made fit for other people's databases. Pure."""

from __future__ import annotations


def clean(text: str) -> str:
    """Without control characters (a database refuses some) and without blanks at the ends."""
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable()).strip()
