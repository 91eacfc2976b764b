"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.understanding"
    label = "understanding"

    def ready(self) -> None:
        """What a round found is put into short, and its trials are drawn, before the first who looks."""
        from keepwell.web.understanding import headlines, trust
        from keepwell.web.work.tasks import READY

        READY.extend((headlines.prepared, trust.prepared))
