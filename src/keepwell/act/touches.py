"""What did and will all of us do with a customer, what carried value, and who waits for an answer since when?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

VALUES = ("news", "answer", "result", "idea", "thanks", "promise")
"""What a touch may carry; "just catching up" is none of them."""

HOURS = {"call": 4, "chat": 1, "mail": 24, "social": 8, "meeting": 24, "visit": 24, "video": 24, "post": 72}
"""Channel -> hours within which a question that came through it is answered, unless the company says otherwise."""

AROUND = 14
"""Days back and ahead within which all teams see what each other do."""


@dataclass(frozen=True)
class Step:
    """
    One thing done or to be done with a customer.

    Args:
        at: When, in UTC.
        what: In words.
        who: Who of us; "" where it is not known.
        channel: mail, call, meeting, promise …, as it is called.
        by_us: Whether it is ours or theirs.
        ahead: Whether it is still to come.
        href: Where it stands in the desk; "" where it came as data.
        late: Whether it should have been done before.
        whole: Whether only its day is known.
    """

    at: datetime
    what: str
    who: str
    channel: str
    by_us: bool
    ahead: bool
    href: str = ""
    late: bool = False
    whole: bool = False


def around(steps: Iterable[Step], now: datetime) -> list[Step]:
    """What lies within a fortnight before and after, the earliest first."""
    reach = timedelta(days=AROUND)
    return sorted((step for step in steps if abs(step.at - now) <= reach), key=lambda step: (step.at, step.what))


def answer_by(asked_at: datetime, hours: float) -> datetime:
    """Until when a question is to be answered: so many hours of the clock later, nights and weekends counted."""
    return asked_at + timedelta(hours=hours)


@dataclass(frozen=True)
class Outreach:
    """
    Somebody of us is going to turn to a customer.

    Args:
        id: Its id.
        customer_id: To whom.
        day: When.
        who: Who of us.
        noun: touch, meeting, interview, action or promise.
        called: What that is called; of a touch by its channel.
        what: In words.
        whom: Id of who of us.
        at: At which moment, None where only the day is known.
    """

    id: str
    customer_id: str
    day: date
    who: str
    noun: str = "touch"
    called: str = ""
    what: str = ""
    whom: str = ""
    at: datetime | None = None


def crowded(planned: Sequence[Outreach]) -> list[tuple[Outreach, ...]]:
    """Customers whom two or more outreaches meet in one week (Monday to Sunday), the earliest week first."""
    weeks: dict[tuple[date, str], list[Outreach]] = {}
    for each in planned:
        weeks.setdefault((each.day - timedelta(days=each.day.weekday()), each.customer_id), []).append(each)
    return [
        tuple(sorted(them, key=lambda each: (each.day, each.id)))
        for _week, them in sorted(weeks.items(), key=lambda item: item[0])
        if len(them) > 1
    ]


@dataclass(frozen=True)
class Worth:
    """
    How many touches carried something.

    Args:
        worth: With a value reason.
        n: All that people of ours made.
    """

    worth: int
    n: int

    @property
    def share(self) -> float | None:
        """With a value reason of all; None where there were none."""
        return self.worth / self.n if self.n else None


def carries(value: str | None) -> bool:
    """Whether what was said of a touch is a value reason."""
    return (value or "").strip().lower() in VALUES


_NOTHING = re.compile(
    r"\b(catch(ing)?[ -]?up|check(ing)?[ -]?in|touch(ing)?[ -]base|say(ing)? (hi|hello)|hi|hello|stay(ing)? in touch|keep(ing)? in touch)\b"
)
_FILLING = frozenset(
    [
        "a",
        "an",
        "the",
        "just",
        "only",
        "quick",
        "short",
        "little",
        "brief",
        "small",
        "friendly",
        "regular",
        "usual",
        "call",
        "mail",
        "email",
        "chat",
        "meeting",
        "talk",
        "time",
        "to",
        "for",
        "of",
        "on",
        "at",
        "in",
        "with",
        "by",
        "and",
        "our",
        "we",
        "us",
        "me",
        "i",
        "you",
        "them",
        "they",
        "him",
        "her",
        "it",
        "see",
        "how",
        "things",
        "are",
        "going",
        "everything",
        "is",
        "some",
    ]
)


def empty(words: str) -> bool:
    """Whether words say no more than that one wants to be in touch: "just a quick catch-up", but not "catch-up on the autumn list"."""
    told = words.lower()
    return bool(_NOTHING.search(told)) and set(re.findall(r"\w+", _NOTHING.sub(" ", told))) <= _FILLING


def refusal(
    direction: str, value: str, *, about: str = "", pitch: bool, waits: bool, because: str
) -> Literal["", "no value", "empty words", "value of theirs", "pitch", "pitch of theirs"]:
    """
    Why a touch cannot be kept as it stands.

    Args:
        direction: out or in.
        value: What it carried.
        about: What it was about, in words: a value chosen beside "just catching up" is none.
        pitch: Whether it is to sell.
        waits: Whether the customer waits for an answer or a ticket.
        because: Why they are pitched to all the same.

    Returns:
        "" where it can.
    """
    if direction == "in":
        return "value of theirs" if value else "pitch of theirs" if pitch else ""
    if not carries(value):
        return "no value"
    if empty(about):
        return "empty words"
    return "pitch" if pitch and waits and not because.strip() else ""
