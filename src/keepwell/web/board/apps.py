"""The app of the noun."""

from django.apps import AppConfig


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.board"
    label = "board"

    def ready(self) -> None:
        """Its figures are worked out before the first who looks at them in the morning."""
        from keepwell.web.board.standing import prepared
        from keepwell.web.work.tasks import READY

        READY.append(prepared)
