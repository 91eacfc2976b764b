"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.promises"
    label = "promises"

    def ready(self) -> None:
        """Promises due or to decide stand on Today, are told before their moment, and whoever has some cannot leave before somebody else has them."""
        from keepwell.web.base.actions import DEBTS
        from keepwell.web.promises.actions import owed
        from keepwell.web.promises.alerts import remind
        from keepwell.web.promises.approval import decides
        from keepwell.web.promises.today import asked, promised
        from keepwell.web.today.sources import SOURCES
        from keepwell.web.work.tasks import CLOCK

        DEBTS.extend((owed, decides))
        SOURCES.extend((promised, asked))
        CLOCK.append(remind)
