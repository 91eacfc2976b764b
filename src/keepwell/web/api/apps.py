"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.api"
    label = "api"

    def ready(self) -> None:
        """Listen for what webhooks tell."""
        from keepwell.web.api import listening

        listening.begin()
