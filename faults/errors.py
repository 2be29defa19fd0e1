"""What can go wrong with the suite itself, as opposed to what it looks for."""

from __future__ import annotations


class HarmFailed(Exception):
    """The harm of a scenario was not done: then nothing is shown by it."""


class LeftOut(Exception):
    """The machine lacks what the scenario needs; says what."""
