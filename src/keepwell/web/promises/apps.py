"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.promises"
    label = "promises"

    def ready(self) -> None:
        """Promises due stand on Today, and whoever has open ones cannot leave before somebody else has them."""
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.promises.actions import owed
        from keepwell.web.promises.today import promised
        from keepwell.web.today.sources import SOURCES

        DEBTS.append(owed)
        SOURCES.append(promised)
