"""Who of us was here when, signs in with what, and looks after how many customers?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Max

from keepwell.errors import KeepwellError
from keepwell.web.base import company as companies
from keepwell.web.base.models import Person


@dataclass(frozen=True)
class Colleague:
    """
    One person as the administrator sees them.

    Args:
        person: Who.
        seen_at: When they were last here; None where nothing tells it.
        second_factor: Whether their sign-in asks for more than a password.
        customers: How many customers the data name as theirs; None where no round was taken.
    """

    person: Person
    seen_at: datetime | None
    second_factor: bool
    customers: int | None


def colleagues() -> list[Colleague]:
    """Everybody who signs in, and who did."""
    everybody = Person.objects.select_related("team").order_by("-is_active", "name")
    seen = dict(UserSession.objects.values_list("user_id").annotate(at=Max("last_seen_at")))
    guarded = set(Authenticator.objects.exclude(type="recovery_codes").values_list("user_id", flat=True))
    owned = _owned()
    return [
        Colleague(
            each,
            max(filter(None, (seen.get(each.pk), each.last_login)), default=None),
            each.pk in guarded,
            None if owned is None else sum(owned.get(name, 0) for name in each.names()),
        )
        for each in everybody
    ]


def _owned() -> dict[str, int] | None:
    """Owner in the data -> customers, of the newest round; asked of the engine once for as long as the data stand."""
    from keepwell.rounds.reading import kept as found
    from keepwell.rounds.reading import newest
    from keepwell.web.measures.answers import kept, key

    if not companies.exists():
        return None
    try:
        with companies.company() as opened:
            morning = newest(opened, None, "portraits")

            def counted() -> dict[str, int]:
                people: Any = opened.lake.result(found(opened, morning)["portraits"]).select("customer_id", "owner")
                owned = people.filter(people.owner.notnull())
                rows = opened.run(owned.group_by("owner").agg(n=owned.count()))
                return {str(owner): int(n) for owner, n in rows[["owner", "n"]].itertuples(index=False)}

            return kept(key(opened, "owned", str(morning)), counted)
    except KeepwellError:
        return None
