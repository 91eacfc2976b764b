"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.touches"
    label = "touches"

    def ready(self) -> None:
        """
        Questions over their time and customers several of us turn to in one week stand on Today; a customer's page shows what all of us did; and whoever has open questions
        or plans cannot leave before somebody else has them.
        """
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.customers.panels import PANELS
        from keepwell.web.today.sources import SOURCES
        from keepwell.web.touches.actions import owed, panel
        from keepwell.web.touches.ahead import together
        from keepwell.web.touches.today import waits

        DEBTS.append(owed)
        PANELS.append(panel)
        SOURCES.extend([waits, together])
