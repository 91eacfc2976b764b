"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.promises"
    label = "promises"

    def ready(self) -> None:
        """Whoever has open promises cannot leave before somebody else has them."""
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.promises.actions import owed

        DEBTS.append(owed)
