"""When is a view mailed? The moments that fall due on the company's clocks, each once, whatever the clocks do."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from keepwell.act.promises import moment

Rhythm = Literal["daily", "weekly", "monthly"]

CATCH_UP = timedelta(hours=24)
"""A mail that could not be sent for so long is not sent any more: old figures tell nobody anything."""


@dataclass(frozen=True)
class When:
    """
    A rhythm.

    Args:
        rhythm: Daily, weekly or monthly.
        weekday: Of a weekly one: 0 is Monday.
        day: Of a monthly one; in shorter months the last day.
        hour: On the company's clocks.
        zone: The company's IANA time zone.
    """

    rhythm: Rhythm
    weekday: int
    day: int
    hour: int
    zone: str

    def falls_on(self, on: date) -> bool:
        """Whether a day is one of it."""
        if self.rhythm == "weekly":
            return on.weekday() == self.weekday
        if self.rhythm == "monthly":
            return on.day == min(self.day, monthrange(on.year, on.month)[1])
        return True

    def due(self, now: datetime) -> tuple[date, datetime] | None:
        """
        The newest day of it whose moment has come, and that moment; an hour the clocks leave out is the one after it, one they
        tell twice counts once.

        Args:
            now: With its zone.

        Returns:
            None where none came within CATCH_UP.
        """
        today = now.astimezone(ZoneInfo(self.zone)).date()
        for back in range(CATCH_UP.days + 2):
            on = today - timedelta(days=back)
            at = moment(on, time(self.hour), self.zone)
            if self.falls_on(on) and now - CATCH_UP < at <= now:
                return on, at
        return None
