"""Which meetings does somebody's calendar file bring, and with which customers? Each once, however often it is brought."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.invitations import MOST, Invited, read
from keepwell.errors import ConfigError
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.finding import found as search
from keepwell.web.customers.reach import seen
from keepwell.web.meetings.models import Meeting
from keepwell.web.promises.views import uuid_of

LARGEST = 2 * 2**20
"""Bytes of a file at most."""

SHOWN = 200
"""Events that can be looked at at once, those first that are nearest."""

BACK, AHEAD = timedelta(days=60), timedelta(days=183)

Row = dict[str, Any]


def understood(content: bytes, me: Person, now: datetime) -> dict[str, Any]:
    """
    What a file tells, in what a session can hold.

    Args:
        content: The file.
        me: Who brings it.
        now: The moment.

    Returns:
        Rows, and how many events lie outside of what is looked at.

    Raises:
        ConfigError: It is too large, no calendar, or has too many events.
    """
    if len(content) > LARGEST:
        raise ConfigError(_("This file is too large."), _("2 MB are taken."), _("Export fewer months."))
    zone = str(timezone.get_current_timezone())
    try:
        events, outside = read(content, zone, now - BACK, now + AHEAD)
    except ConfigError as fault:
        raise _unreadable(fault.came) from None
    near = sorted(events, key=lambda each: abs((each.starts or now) - now))[:SHOWN]
    known = customers_of({mail for each in near for mail in each.mails}, me)
    rows = [_row(each, known) for each in events if each in near]
    return {"rows": rows, "outside": outside, "more": len(events) - len(near), "zone": zone}


def _unreadable(why: str) -> ConfigError:
    if "too many" in why:
        return ConfigError(
            _("This calendar has too many events."), _("%(n)d are taken.") % {"n": MOST}, _("Export fewer months.")
        )
    return ConfigError(
        _("This is no calendar that can be read."),
        _("Wanted is an .ics file, in UTF-8, as calendars export it."),
        _("Export it again from your calendar."),
    )


def _row(each: Invited, known: dict[str, list[tuple[str, str]]]) -> Row:
    theirs = {id: name for mail in each.mails for id, name in known.get(mail, [])}
    with_whom = ", ".join(mail for mail in each.mails if mail in known)[:200]
    return {
        "uid": each.uid, "starts": each.starts.isoformat() if each.starts else "", "minutes": each.minutes,
        "about": each.about or _("Meeting"), "mails": each.mails[:20], "with_whom": with_whom, "cancelled": each.cancelled,
        "repeats": each.repeats, "floating": each.floating, "zone": each.zone, "why": each.why,
        "customers": sorted(theirs.items(), key=lambda item: item[1])[:20],
    }  # fmt: skip


def customers_of(mails: Collection[str], me: Person) -> dict[str, list[tuple[str, str]]]:
    """Customers a person sees by an address of theirs, or of one of their people; our own people's are nobody's."""
    ours = set(Person.objects.filter(email__in=mails).values_list("email", flat=True))
    wanted = sorted(set(mails) - ours)
    if not wanted:
        return {}
    with company() as opened:
        facts = opened.facts()
        people = seen(me).of(facts.read("customers")).select("customer_id", "name", "email")
        contacts = facts.read("contacts")
        asked = contacts.filter(contacts.email.isin(wanted)).select("customer_id", mail=contacts.email)
        theirs = people.drop("email").inner_join(asked, "customer_id").select("customer_id", "name", "mail")
        own = people.filter(people.email.isin(wanted)).select("customer_id", "name", mail=people.email)
        rows = opened.run(own.union(theirs, distinct=True).order_by("mail", "customer_id").limit(2_000))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows.to_dict("records"):
        id, name = str(row["customer_id"]), row["name"]
        found.setdefault(str(row["mail"]), []).append((id, name if isinstance(name, str) else id))
    return found


def standing(rows: list[Row]) -> None:
    """Say of each row whether it can be brought, is here already, or changes what is here: row["state"]."""
    known = {each.uid: each for each in Meeting.objects.filter(uid__in=[row["uid"] for row in rows])}
    named = [uuid_of(row["uid"].removeprefix("meeting-").removesuffix("@keepwell")) for row in rows]
    ours = {
        f"meeting-{id}@keepwell"
        for id in Meeting.objects.filter(pk__in=filter(None, named)).values_list("pk", flat=True)
    }
    for row in rows:
        row["at"] = datetime.fromisoformat(row["starts"]) if row["starts"] else None
        here = known.get(row["uid"])
        row["state"] = "here" if row["uid"] in ours else _state(row, here)


def _state(row: Row, here: Meeting | None) -> str:
    if row["why"]:
        return "left"
    if here is None:
        return "cancelled" if row["cancelled"] else "new"
    if here.noted_at or here.called_off:
        return "here"
    if row["cancelled"]:
        return "calls off"
    return "moves" if here.starts_at != row["at"] else "here"


def meant(words: str, me: Person) -> list[tuple[str, str]]:
    """Customers a person sees who are meant by what they typed: one of exactly this id or name, or those like it."""
    rows = [(each.customer_id, each.name or each.customer_id) for each in search(me, words, 6)[0]]
    exact = [row for row in rows if words.strip().lower() in (row[0].lower(), row[1].lower())]
    return exact if len(exact) == 1 else rows


def bring(rows: list[tuple[Row, str]], me: Person) -> list[Meeting]:
    """
    Keep what was chosen; what is here already is not kept again.

    Args:
        rows: Rows of understood() with what standing() said, and the customer each is with.
        me: Who brings them: who leads them.

    Returns:
        Meetings that were made, moved or called off.
    """
    made = []
    for row, customer in rows:
        try:
            with transaction.atomic():
                kept = _kept(row, customer, me)
        except IntegrityError:  # brought twice in the same moment
            continue
        made += [kept] if kept else []
    return made


def _kept(row: Row, customer: str, me: Person) -> Meeting | None:
    here = Meeting.objects.select_for_update(of=("self",)).filter(uid=row["uid"]).first()
    if here is None:
        if row["state"] != "new":
            return None
        return Meeting.objects.create(
            uid=row["uid"], customer_id=customer, starts_at=row["at"], minutes=row["minutes"], about=row["about"],
            with_whom=row["with_whom"], host=me, kind="regular",
        )  # fmt: skip
    state = _state(row, here)
    if here.customer_id != customer or state not in ("moves", "calls off"):
        return None
    if state == "moves":
        here.starts_at, here.minutes = row["at"], row["minutes"]
    else:
        here.called_off = True
    here.save()
    return here
