"""With whom is a quarterly review due? With everybody who has a plan, a quarter after the last one."""

from datetime import date

from django.db.models import Min

from keepwell.act.plans import review_due
from keepwell.web.meetings.faces import Face
from keepwell.web.meetings.models import Kind, Meeting
from keepwell.web.plans.models import Version


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
