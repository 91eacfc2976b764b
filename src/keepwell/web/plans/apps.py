"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.plans"
    label = "plans"

    def ready(self) -> None:
        """Nobody leaves with open actions."""
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.plans.actions import owed

        if owed not in DEBTS:
            DEBTS.append(owed)
