"""What was kept of files for some days, and is not any longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from causeway.connectors.files.place import Place

EVERY_SECONDS = 3600.0


class Tidy:
    """Removes what is older than `days`; looks no more than once an hour."""

    def __init__(self, place: Place, days: int) -> None:
        self._place, self._days = place, days
        self._looked: dict[str, float] = {}

    def files(self, folder: str) -> None:
        """The old files in a folder."""
        now = self._place.now()
        if now - self._looked.get(folder, 0.0) < EVERY_SECONDS:
            return
        self._looked[folder] = now
        for entry in self._place.entries(folder):
            if now - entry.modified > self._days * 86_400:
                self._place.remove(f"{folder}/{entry.name}")

    def folder(self, parent: str, before: str = "9999-12-31") -> None:
        """The folders of old days in `parent`, and none of the day `before` or later."""
        now = self._place.now()
        if now - self._looked.get(parent, 0.0) < EVERY_SECONDS:
            return
        self._looked[parent] = now
        oldest = datetime.fromtimestamp(now, UTC).date() - timedelta(days=self._days)
        for day in self._place.folders(parent):
            if day < min(oldest.isoformat(), before):
                for entry in self._place.entries(f"{parent}/{day}"):
                    self._place.remove(f"{parent}/{day}/{entry.name}")
                self._place.remove_folder(f"{parent}/{day}")
