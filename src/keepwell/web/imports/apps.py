"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.imports"
    label = "imports"

    def ready(self) -> None:
        """What does not tell any more stands in the top line of whoever can mend it."""
        from keepwell.web.base.context import LATE
        from keepwell.web.imports.freshness import late

        LATE.append(late)
