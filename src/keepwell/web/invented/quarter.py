"""What six people did in a quarter: every record is made by the action a page makes it with, so what no page allows is not here."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, time, timedelta
from itertools import cycle
from typing import Any

from django.db import transaction
from django.utils.formats import date_format

from keepwell.act.plans import FUNCTIONS
from keepwell.errors import ProofError
from keepwell.experiments import goals
from keepwell.experiments.figures import Asked
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Role
from keepwell.web.customers import actions as customers
from keepwell.web.customers.models import Flag, Function, Goal, Horizon, KeepDecision, Measured, Need, Seat, Words
from keepwell.web.customers.models import Outcome as Keep
from keepwell.web.interviews import actions as interviews
from keepwell.web.interviews.models import Kind as About
from keepwell.web.invented.accounts import Account, Known, known
from keepwell.web.invented.clock import then
from keepwell.web.invented.stories import BOUGHT, EXPECTED, LEFT, LOST, STAYED, STORIES, Spoken, Story
from keepwell.web.meetings import actions as meetings
from keepwell.web.meetings.models import Kind, Meeting, Rhythm
from keepwell.web.plans import actions as plans
from keepwell.web.promises import actions as promises
from keepwell.web.promises import expecting
from keepwell.web.promises.models import Expectation, Met, Promise
from keepwell.web.renewals import actions as renewals
from keepwell.web.renewals.models import Assessment
from keepwell.web.touches import actions as touches
from keepwell.web.touches.models import Touch
from keepwell.workspace import Workspace

NEAR, CLOSE = 20, 14
"""Customers who are turned to, and those of them who have a team of four, goals, meetings and plans."""

TEAM = {Function.SALES: Role.REP, Function.SUCCESS: Role.SUCCESS, Function.MARKETING: Role.MARKETER, Function.SUPPORT: Role.MANAGER}  # fmt: skip
"""Who has which seat."""


def quarter() -> None:
    """Write a quarter of work into the desk of the invented company; where somebody was given a seat already, nothing."""
    if Seat.everything.exists():
        return
    with company() as opened:
        told = known(opened)
        _goal(told, opened)
    with transaction.atomic():
        for place, account in enumerate(told.accounts[:NEAR]):
            _looked_after(told, place, account)
        _interviews(told)
        _losses(told)


def _goal(told: Known, opened: Workspace) -> None:
    """What the manager wants of the company; of one that is too small there is nothing to measure a baseline from."""
    until, manager = told.days.morning + timedelta(days=190), str(told.crew[Role.MANAGER])
    with suppress(ProofError):
        goals.set_(opened, goals.Wish(Asked("kept_share", "month"), 0.985, until, manager))


def _looked_after(told: Known, place: int, account: Account) -> None:
    """One customer's quarter; those further down the list get less of it."""
    story = STORIES.get(account.industry) or STORIES["hotel"]
    for step in (_promises, _touches, *((_team, _said, _meetings, _planned, _renewal) if place < CLOSE else ())):
        step(told, place, account, story)


def _team(told: Known, place: int, account: Account, _story: Story) -> None:
    """Who looks after them; of every fifth there is a gap."""
    with then(told.days.at(80 - place), told.crew[Role.MANAGER]):
        for function, role in TEAM.items():
            if place % 5 != 4 or function in (Function.SALES, Function.SUCCESS):
                customers.seat(account.id, function, told.crew[role])


def _said(told: Known, place: int, account: Account, story: Story) -> None:
    """What they want, what we are worth to them, what they need, how often they want to hear from us."""
    days, who = told.days, _who(account)
    with then(days.at(78 - place), account.owner):
        goal = Goal.objects.create(
            customer_id=account.id, name=story.goal.name, unit=story.goal.unit, start=days.day(85), due=days.day(-120),
            baseline=story.goal.baseline, target=story.goal.target,
        )  # fmt: skip
        _expected(told, place, account)
    slow = place % 5 == 3  # what they want does not come
    for back, value in zip((60, 32, 6), story.goal.values, strict=True):
        with then(days.at(back), account.owner):
            reached = story.goal.baseline if slow else value
            customers.measured(goal, Measured(day=days.day(back), value=reached))
    if place % 6 == 5:
        return  # nobody has asked them yet
    with then(days.at(40 - place), account.owner):
        Words.objects.create(customer_id=account.id, words=story.worth, speaker=who, day=days.day(40 - place))
        Need.objects.create(
            customer_id=account.id, words=story.now, source=f"{who}, in the review", horizon=Horizon.NOW
        )
        Need.objects.create(
            customer_id=account.id, words=story.next, source=f"{who}, in the review", horizon=Horizon.NEXT,
            day=days.day(-15 - 6 * place),
        )  # fmt: skip
        if place % 6 == 1:
            meetings.keep_rhythm(Rhythm(customer_id=account.id, wish=30, wish_words="Once a month is right, by mail."))


def _expected(told: Known, place: int, account: Account) -> None:
    """What they were led to expect, and what came of it."""
    about, text = EXPECTED[place % len(EXPECTED)]
    made = expecting.expect(
        Expectation(customer_id=account.id, seller=told.crew[Role.REP], sold_on=account.came_on, about=about, text=text)
    )
    expecting.compare(made, "onboarding", Met.MET, "")
    if place % 4 == 2:
        expecting.compare(made, "review", Met.NOT_MET, "They had three people to speak to within a month.")


def _promises(told: Known, place: int, account: Account, story: Story) -> None:
    """Three promises: two whose time is over, one that is still owed."""
    first, second, third = (story.promises * 2)[place % 3 : place % 3 + 3]
    made = _promised(told, account, first.text, first.sort, 72 - place, 58 - place)
    with then(told.days.at(60 - place), account.owner) as now:
        if place == 4:
            promises.broken(made.pk, "The carrier lost it; we said so and sent it again.", now)
        elif place == 9:
            promises.release(made.pk, _who(account), "They do not need it any more.", now)
        else:
            promises.keep(made.pk, first.shown, now)
    made = _promised(told, account, second.text, second.sort, 44 - place, 32 - place)
    with then(told.days.at(28 - place if place % 6 == 3 else 33 - place, 15), account.owner) as now:
        promises.keep(made.pk, second.shown, now)
    if place < CLOSE:
        _promised(told, account, third.text, third.sort, 12 + place % 5, 1 - place)
    if place == 5:
        _promised(told, account, "The price of today for two years", "price", 2, -9, approver=told.crew[Role.MANAGER])


def _promised(
    told: Known, account: Account, text: str, sort: str, given: int, due: int, approver: Person | None = None
) -> Promise:
    with then(told.days.at(given), account.owner) as now:
        made = Promise(
            customer_id=account.id, to=_who(account), by=account.owner, text=text, sort=sort, due_on=told.days.day(due),
            due_time=time(16), zone=account.zone, origin="call" if given % 2 else "meeting", approver=approver,
            because="They decide about the new rooms by it." if approver else "",
        )  # fmt: skip
        return promises.promise(made, now)


def _who(account: Account) -> str:
    return account.people[0] if account.people else ""


def _touches(told: Known, place: int, account: Account, story: Story) -> None:
    """Three contacts that carried something, by two of us, and what they asked."""
    others = (account.owner, told.crew[Role.MARKETER])
    for back, (channel, value, subject) in zip((66 - place, 33 - place, 9 + place % 7), story.touches, strict=True):
        _contact(
            told, account, others[back % 3 == 2], back, channel=channel, value=value, subject=subject, direction="out"
        )
    if place == 8:
        _contact(told, account, account.owner, -2, given=1, channel="call", value="result", direction="out",
                 subject="What came of the last delivery")  # fmt: skip
    asked = {1: (18, 18), 5: (12, 12), 6: (1, None), 10: (9, 6), 13: (3, None), 17: (25, 25)}.get(place)
    if asked:
        _asked(told, account, story, *asked)


def _asked(told: Known, account: Account, story: Story, back: int, answered: int | None) -> None:
    """A question of theirs and, where it was given, the answer."""
    question = _contact(
        told, account, account.owner, back, channel="mail", subject=story.question, direction="in", question=True
    )
    if answered is not None:
        _contact(told, account, account.owner, answered, 15, channel="mail", value="answer", subject=story.answer,
                 direction="out", answers=question)  # fmt: skip


def _contact(told: Known, account: Account, by: Person, back: int, hour: int = 11, given: int | None = None, **said: Any) -> Touch:  # fmt: skip
    with then(told.days.at(back if given is None else given, hour, 20), by) as now:
        made = Touch(customer_id=account.id, contact=_who(account), by=by, at=told.days.at(back, hour), **said)
        return touches.log(made, now)[0]


def _meetings(told: Known, place: int, account: Account, story: Story) -> None:
    """A review and a regular meeting with their notes, and the next one; of two somebody still owes the note."""
    _met(told, account, story.review, 62 - place, kind=Kind.REVIEW)
    owed = {2: 1, 9: 4}.get(place)
    regular = _met(told, account, story.regular, owed or 24 - place, noted=owed is None)
    if place == 7:
        with then(told.days.at(12), account.owner):
            plans.decide(account.id, "Write down what the order costs them in hours", account.owner,
                         told.days.day(-6), told.days.day(12), meeting=regular)  # fmt: skip
    if place < 10:
        _met(told, account, story.regular, -3 - 2 * place, noted=False)


def _met(told: Known, account: Account, spoken: Spoken, back: int, *, kind: str = Kind.REGULAR, noted: bool = True) -> Meeting:  # fmt: skip
    days = told.days
    with then(days.at(max(back + 14, 2)), account.owner):
        meeting = Meeting.objects.create(
            customer_id=account.id, kind=kind, starts_at=days.at(back, 13), about=spoken.about, with_whom=_who(account),
            host=account.owner,
        )  # fmt: skip
    if noted:
        with then(days.at(back, 16), account.owner) as now:
            meeting.noted_at = now
            meetings.note(meeting, account.owner, sentiment=spoken.sentiment, because=spoken.because, words=spoken.note)
    return meeting


def _planned(told: Known, place: int, account: Account, story: Story) -> None:
    """The plan of whoever renews: most are signed by four, some wait for a signature."""
    if not account.plan:
        return
    made = 46 - place
    with then(told.days.at(made), account.owner):
        version = plans.next_version(account.id, told.days.day(made), _says(told, account, story))
    for step, function in enumerate(FUNCTIONS if place % 3 != 2 else FUNCTIONS[:2]):
        person = told.crew[TEAM[Function(function)]]
        if function in plans.functions_of(person, account.id):
            with then(told.days.at(made - 2 - step, 14), person):
                plans.sign(version, person, function)
    done = _to_do(told, account, f"Talk about: {story.space[0].lower()}", made, 20)
    with then(told.days.at(21), account.owner):
        plans.settle(done, "done", "They want a proposal.")
    _to_do(told, account, story.risk[1], made, 2 if place == 3 else -10 - place)


def _to_do(told: Known, account: Account, what: str, decided: int, due: int) -> Any:
    with then(told.days.at(decided), account.owner):
        return plans.decide(account.id, what, account.owner, told.days.day(due), told.days.day(decided))


def _says(told: Known, account: Account, story: Story) -> dict[str, Any]:
    """What stands in the plan."""
    parts = ("decides", "uses", "uses", "blocks")
    strengths, weaknesses, opportunities, threats = story.swot
    return {
        "until": told.days.morning + timedelta(days=460),
        "goals": [
            {"what": story.goal.name, "measure": story.goal.unit, "by": date_format(told.days.day(-120), "DATE_FORMAT")}
        ],
        "people": [{"name": name, "part": part, "note": ""} for name, part in zip(account.people, parts, strict=False)],
        "whitespace": [{"what": account.plan, "state": "own"}, {"what": story.space[0], "state": story.space[1]}],
        "risks": [{"what": story.risk[0], "owner": account.owner.name, "answer": story.risk[1]}],
        "renewal_terms": story.terms,
        "strengths": strengths,
        "weaknesses": weaknesses,
        "opportunities": opportunities,
        "threats": threats,
    }


def _renewal(told: Known, place: int, account: Account, _story: Story) -> None:
    """How their renewal will end, as whoever knows them thinks; and of two, whether we want them."""
    if account.renews and account.renews[1] <= told.days.morning + timedelta(days=182):
        thinks, why = (
            (Assessment.LIKELY, "Said so in the last meeting."),
            (Assessment.UNSURE, "The budget is decided after the renewal."),
            (Assessment.LIKELY, "They use it every week."),
        )[place % 3]
        with then(told.days.at(5 + place % 4), account.owner):
            renewals.assess(renewals.renewal(account.id, *account.renews), account.owner, thinks, why)
    if place in (0, 11):
        with then(told.days.at(30), told.crew[Role.MANAGER]):
            KeepDecision.objects.create(
                customer_id=account.id, outcome=Keep.INVEST if place == 0 else Keep.KEEP, flags=[Flag.REFERENCE],
                because="Three others came because of them.", review_on=told.days.day(-60),
            )  # fmt: skip


def _interviews(told: Known) -> None:
    """Some of those who came, stayed and left were asked; of the last who left one is still to be asked, one declined."""
    theirs = {account.id for account in told.accounts if account.owner == told.crew[Role.SUCCESS]}
    for kind, said, n in ((About.BUY, BOUGHT, 6), (About.STAY, STAYED, 4), (About.LEAVE, LEFT, 6)):
        rows = [row for row in told.asked if row["kind"] == kind][:n]
        for place, row in enumerate(rows):
            back = max(1, (told.days.morning - row["happened_on"]).days - 4 - place)
            asker = told.crew[Role.SUCCESS if row["customer_id"] in theirs else Role.MARKETER]
            with then(told.days.at(back, 14), asker) as now:
                made = interviews.begin(row["customer_id"], kind, asker, row["happened_on"], row["because"])
                if kind == About.LEAVE and place == len(LEFT):
                    continue
                if kind == About.LEAVE and place > len(LEFT):
                    interviews.decline(made)
                    continue
                heard, made.held_at = said[place % len(said)], now
                interviews.hold(made, heard.answers, heard.codes, said={"went": heard.went} if heard.went else {})


def _losses(told: Known) -> None:
    """Of every third loss without a reason, what support was told."""
    for (customer, left_on), (root, evidence) in zip(_further(told), cycle(LOST)):
        back = max(1, (told.days.morning - left_on).days - 6)
        with then(told.days.at(back, 12), told.crew[Role.MARKETER]):
            interviews.tell_loss(customer, left_on, root, evidence)


def _further(told: Known) -> Iterator[tuple[str, date]]:
    asked = {row["customer_id"] for row in told.asked if row["kind"] == About.LEAVE}
    return (each for each in told.lost[::3] if each[0] not in asked)
