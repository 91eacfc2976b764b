"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.measures"
    label = "measures"

    def ready(self) -> None:
        """Views that are due are mailed."""
        from keepwell.web.measures.posting import post
        from keepwell.web.work.tasks import CLOCK

        CLOCK.append(post)
