"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.understanding"
    label = "understanding"

    def ready(self) -> None:
        """What a round found is put into short before the first who looks."""
        from keepwell.web.understanding.headlines import prepared
        from keepwell.web.work.tasks import READY

        READY.append(prepared)
