"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.today"
    label = "today"

    def ready(self) -> None:
        """What the other rooms ask of a morning stands on it."""
        from keepwell.web.today import asked, sources

        sources.SOURCES.extend([asked.interviews, asked.upkeep, asked.needs])
