"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.touches"
    label = "touches"

    def ready(self) -> None:
        """Whoever has questions to answer or outreach planned cannot leave before somebody else has them; a customer's page shows both."""
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.customers.panels import PANELS
        from keepwell.web.touches.actions import owed, panel

        DEBTS.append(owed)
        PANELS.append(panel)
