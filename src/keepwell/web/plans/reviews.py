"""With whom is a quarterly review due, and what is blank before it? With everybody who has a plan, a quarter after the last one."""

from datetime import date

from django.db.models import Min
from django.utils import timezone

from keepwell.act.plans import SWOT, blanks, review_due
from keepwell.web.base.models import Person
from keepwell.web.meetings.faces import Face, among
from keepwell.web.meetings.models import Kind, Meeting
from keepwell.web.plans.models import Version
from keepwell.workspace import Workspace


def due_reviews(on: date, known: dict[str, Face]) -> list[tuple[Face, date]]:
    """
    Reviews that are due, the longest due first.

    Args:
        on: The day of the look.
        known: The customers a person sees.
    """
    began = Version.objects.filter(customer_id__in=known).values("customer_id").annotate(first=Min("created_at"))
    days: dict[str, list[date]] = {}
    reviews = Meeting.objects.filter(kind=Kind.REVIEW, called_off=False, customer_id__in=known)
    for customer, at in reviews.values_list("customer_id", "starts_at"):
        days.setdefault(customer, []).append(at.date())
    found = []
    for row in began:
        mine = days.get(row["customer_id"], [])
        due = review_due([day for day in mine if day < on], [day for day in mine if day >= on], row["first"].date(), on)
        if due:
            found.append((known[row["customer_id"]], due))
    return sorted(found, key=lambda each: (each[1], each[0].name))


def blank_before(opened: Workspace, me: Person, until: date) -> list[tuple[Face, list[str], date]]:
    """
    Customers with a review that is due or planned up to a day, of whose strengths and weaknesses something is blank.

    Args:
        opened: The company.
        me: Who looks; customers they do not see are left out.
        until: The last day that is near.

    Returns:
        Each with what is blank and the day of the review, the nearest first.
    """
    newest = {each.customer_id: each for each in Version.objects.order_by("customer_id", "number")}
    planned = Meeting.objects.filter(
        kind=Kind.REVIEW, called_off=False, noted_at__isnull=True, starts_at__date__lte=until
    )
    planned = planned.filter(starts_at__gte=timezone.now())
    days = {
        customer: at.date() for customer, at in planned.order_by("-starts_at").values_list("customer_id", "starts_at")
    }
    if not newest and not days:
        return []
    known = among(opened, me, sorted({*newest, *days}))
    days |= {face.customer_id: due for face, due in due_reviews(timezone.localdate(), known)}
    blank = {who: _blank(newest.get(who)) for who in days if who in known}
    found = [(known[who], parts, days[who]) for who, parts in blank.items() if parts]
    return sorted(found, key=lambda each: (each[2], each[0].name))


def _blank(version: Version | None) -> list[str]:
    return [part for part in blanks(vars(version)) if part in SWOT] if version else list(SWOT)
