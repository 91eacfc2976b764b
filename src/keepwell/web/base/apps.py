"""The app of the noun."""

from django.apps import AppConfig
from django.utils.translation import gettext, ngettext

from keepwell import tongue


class Room(AppConfig):
    """One noun of the desk."""

    name = "keepwell.web.base"
    label = "base"

    def ready(self) -> None:
        """What the rooms below say is said in the language of whoever asks."""
        from keepwell.web.base.templatetags.desk import locale

        tongue.speak(tongue.Tongue(gettext, ngettext, locale))
