"""What is asked now, and by which codes are answers told? The newest version of each; the first is ours."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from keepwell.act import interviews
from keepwell.errors import ConfigError
from keepwell.web.interviews.models import CodeBook, Kind, Kit


def shown_kit(kind: str) -> Kit:
    """The newest version of what is asked; ours is not kept before it is needed."""
    ours = interviews.KITS[kind]
    found = Kit.objects.filter(kind=kind).order_by("-number").first()
    return found or Kit(kind=kind, number=1, opening=ours.opening, questions=list(ours.questions))


def shown_book(kind: str) -> CodeBook:
    """The newest version of the codes; ours is not kept before it is needed."""
    found = CodeBook.objects.filter(kind=kind).order_by("-number").first()
    return found or CodeBook(kind=kind, number=1, codes=[list(each) for each in interviews.CODES[kind]])


def kit(kind: str) -> Kit:
    """The newest version of what is asked, kept."""
    found = shown_kit(kind)
    if found._state.adding:
        says = {"opening": found.opening, "questions": found.questions}
        found, _new = Kit.everything.get_or_create(kind=kind, number=1, defaults=says)
    return found


def book(kind: str) -> CodeBook:
    """The newest version of the codes, kept."""
    found = shown_book(kind)
    if found._state.adding:
        found, _new = CodeBook.everything.get_or_create(kind=kind, number=1, defaults={"codes": found.codes})
    return found


def next_kit(kind: str, opening: str, questions: Sequence[str]) -> Kit:
    """
    The next version of what is asked.

    Raises:
        ConfigError: There is an offer in it, a question leads, the questions of "stay" are others, or none is left.
    """
    asked = [line.strip() for line in questions if line.strip()]
    if not asked or not opening.strip():
        raise ConfigError(_("An opening and a question are needed."), "", "")
    if found := interviews.offers(opening, *asked):
        raise ConfigError(
            _("There is an offer in it: %(words)s.") % {"words": ", ".join(found)},
            _("An interview learns; it sells nothing and wins nobody back."),
            _("Leave the offer out."),
        )
    if kind in interviews.FIXED and asked != list(interviews.KITS[kind].questions):
        raise ConfigError(
            _("These five questions are asked as they are."),
            _("Answers of different times are compared."),
            _("Change the opening only."),
        )
    if lead := next(iter(interviews.checked(asked).items()), None):
        raise ConfigError(
            _("“%(question)s” leads: %(why)s.") % {"question": lead[0], "why": _(lead[1][0])},
            _("A question that leads hears what it wants to hear."),
            _("Ask openly: what, which, how, why."),
        )
    with transaction.atomic():
        kit(kind)
        last = Kit.everything.filter(kind=kind).aggregate(last=Max("number"))["last"]
        return Kit.objects.create(kind=kind, number=last + 1, opening=opening.strip(), questions=asked)


def next_book(kind: str, codes: Sequence[tuple[str, str]]) -> CodeBook:
    """
    The next version of the codes.

    Raises:
        ConfigError: None is left, or one stands twice.
    """
    named = [code for code, _words in codes]
    if not codes or len(set(named)) != len(named):
        raise ConfigError(_("Every code stands once, and there is at least one."), "", "")
    with transaction.atomic():
        book(kind)
        last = CodeBook.everything.filter(kind=kind).aggregate(last=Max("number"))["last"]
        return CodeBook.objects.create(kind=kind, number=last + 1, codes=[list(each) for each in codes])


KINDS = [str(kind) for kind in Kind]
"""In the order of a life."""
