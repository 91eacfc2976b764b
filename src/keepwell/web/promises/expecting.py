"""What were customers led to expect when they bought, did it come, and which won deals say nothing of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.paging import before
from keepwell.web.base.roles import Reach
from keepwell.web.customers.reach import Seen
from keepwell.web.promises.models import About, Expectation, Met

LOOKS = ("onboarding", "review")
"""When an expectation is compared with what came."""


def visible(who: Person) -> QuerySet[Expectation]:
    """Expectations a person sees whatever customers they see: those they sold with, their team's, or all."""
    found = Expectation.objects.select_related("seller")
    if who.reach == Reach.ALL:
        return found
    own = Q(seller=who) | Q(created_by=who)
    return (
        found.filter(own | Q(seller__team_id=who.team_id))
        if who.reach == Reach.TEAM and who.team_id
        else found.filter(own)
    )


def expect(made: Expectation) -> Expectation:
    """
    Keep what a customer was led to expect.

    Raises:
        ConfigError: Nothing is said, or a date without its day.
    """
    if made.about != About.NOTHING and not made.text.strip():
        raise ConfigError(_("Nothing is said of what they expect."), "", _("Say it as the customer would."))
    if made.about == About.DATE and made.until is None:
        raise ConfigError(_("A promised date needs its day."), "", _("Say by when."))
    if made.until is not None and made.until < made.sold_on:
        raise ConfigError(_("It was expected before it was sold."), "", _("Correct one of the days."))
    made.save()
    return made


def compare(found: Expectation, look: str, met: str, note: str) -> Expectation:
    """
    Say what came of an expectation.

    Args:
        found: The expectation.
        look: onboarding or review.
        met: What came of it.
        note: What the customer says; needed where it was not met.

    Raises:
        ConfigError: It was not met and nothing says why.
    """
    if met == Met.NOT_MET and not note.strip():
        raise ConfigError(_("Nothing says what is missing."), "", _("Say what the customer expected and did not get."))
    setattr(found, look, met)
    setattr(found, f"{look}_note", note.strip())
    found.save()
    return found


@dataclass(frozen=True)
class Sold:
    """
    What came of what one seller let customers expect.

    Args:
        seller: Who.
        n: Expectations.
        met: Met by the last word.
        not_met: Not met.
    """

    seller: Person
    n: int
    met: int
    not_met: int

    @property
    def unknown(self) -> int:
        """Not yet known."""
        return self.n - self.met - self.not_met

    @property
    def share(self) -> float | None:
        """Met of those whose end is known; None where none is."""
        known = self.met + self.not_met
        return self.met / known if known else None


LAST = {
    "met": Q(review=Met.MET) | Q(review=Met.UNKNOWN, onboarding=Met.MET),
    "not_met": Q(review=Met.NOT_MET) | Q(review=Met.UNKNOWN, onboarding=Met.NOT_MET),
    "unknown": Q(review=Met.UNKNOWN, onboarding=Met.UNKNOWN),
}
"""What the last word says: that of the review where it has spoken, otherwise that of the onboarding."""


def by_seller(found: QuerySet[Expectation]) -> list[Sold]:
    """The report: one row a seller, by name."""
    told = found.exclude(about=About.NOTHING).values("seller").annotate(
        n=Count("pk"),
            good=Count("pk", filter=LAST["met"]),
            bad=Count("pk", filter=LAST["not_met"])
    ).order_by("seller__name", "seller")  # fmt: skip
    rows: list[Any] = list(told)
    people = Person.objects.in_bulk([row["seller"] for row in rows])
    return [Sold(people[row["seller"]], row["n"], row["good"], row["bad"]) for row in rows]


def silent_deals(whose: Seen, *, page: int = 1, limit: int = 20) -> tuple[list[dict[str, Any]], int]:
    """
    Won deals of which nothing says what was promised, the newest first.

    Args:
        whose: Customers that are seen.
        page: Which part of them, counted from one.
        limit: Deals of a page.

    Returns:
        deal_id, name, customer_id, customer, closed_at and owner of each; and how many there are.
    """
    said = sorted(filter(None, set(Expectation.objects.values_list("deal_id", flat=True))))
    with company() as opened:
        facts = opened.facts()
        people = whose.of(facts.read("customers"))
        people = people.select("customer_id", customer=people.name)
        deals = facts.read("deals").filter(lambda t: (t.outcome == "won") & t.customer_id.notnull())
        if said:
            deals = deals.filter(~deals.deal_id.isin(said))
        deals = deals.select("deal_id", "name", "customer_id", "closed_at", sold_by=deals.owner)
        table = deals.inner_join(people, "customer_id")
        table = table.order_by(table.closed_at.desc(), table.deal_id)
        n = int(opened.run(table.agg(n=table.count()))["n"].iloc[0])
        found = opened.run(table.limit(limit, offset=before(n, page, limit)))
    return [_texts(row) for row in found.to_dict("records")], n


def _texts(row: dict[Any, Any]) -> dict[str, Any]:
    """What is not known is nothing, not a figure that is none."""
    return {str(name): None if value != value else value for name, value in row.items()}  # noqa: PLR0124


def seller_of(name: str, people: Sequence[Person]) -> Person | None:
    """The person the data call by this name as an owner."""
    return next((each for each in people if name in each.names()), None)
