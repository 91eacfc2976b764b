"""In whose language are sentences said? English, until a door that knows its reader says otherwise."""

from collections.abc import Callable


class Tongue:
    """
    How this process says what its rooms write in English.

    Args:
        one: A message -> as it is said to whoever reads now.
        some: The same of a message that counts: singular, plural, how many.
        locale: In which language that is, as Babel names it.
    """

    def __init__(
        self, one: Callable[[str], str], some: Callable[[str, str, int], str], locale: Callable[[], str]
    ) -> None:
        self.one, self.some, self.locale = one, some, locale


_ENGLISH = Tongue(lambda message: message, lambda one, many, n: one if n == 1 else many, lambda: "en")
_now = [_ENGLISH]


def speak(tongue: Tongue) -> None:
    """From now on say everything so; the desk does it once, and its tongue asks who reads."""
    _now[0] = tongue


def gettext(message: str) -> str:
    """A message in the reader's language."""
    return _now[0].one(message)


def ngettext(one: str, many: str, n: int) -> str:
    """A message that counts, in the reader's language."""
    return _now[0].some(one, many, n)


def gettext_noop(message: str) -> str:
    """The message itself, marked to be translated where it is read."""
    return message


def locale() -> str:
    """The reader's language, as Babel names it."""
    return _now[0].locale()
