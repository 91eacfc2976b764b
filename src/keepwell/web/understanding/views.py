"""What was found out of customers, portrait by portrait and all together, and how far to trust it."""

from typing import Any

import pandas as pd
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from keepwell import rounds
from keepwell.errors import ExpressionError, ModelError
from keepwell.rounds.reading import mornings, newest
from keepwell.rounds.trials import tried
from keepwell.understand import MODELS
from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.base.paging import number
from keepwell.web.customers.access import sees_none
from keepwell.web.customers.reach import seen
from keepwell.web.measures import files
from keepwell.web.understanding import found as findings
from keepwell.web.understanding.headlines import headline, headlines
from keepwell.web.understanding.meant import place
from keepwell.web.understanding.portraits import SHOWN, Sorted, listed, shown
from keepwell.web.understanding.trust import trials

_LISTED = 60


def _none(request: HttpRequest) -> HttpResponse:
    return render(request, "understanding/none.html", {"room": "understanding"})


@page("understanding")
def understanding(request: HttpRequest) -> HttpResponse:
    """What the newest round found, in a sentence each."""
    with company() as opened:
        try:
            morning = newest(opened)
        except ModelError:
            return _none(request)
        kept = opened.lake.kept(morning)
        changed = rounds.changed(opened, morning)
        found = headlines(opened, dict(kept), seen(person(request)))
    told: dict[str, Any] = {"room": "understanding", "morning": morning, "changed": changed}
    told |= {
        "findings": [each for each in found if not each.refused],
        "refused": [each for each in found if each.refused],
    }
    return render(request, "understanding/understanding.html", told)


@page("understanding")
def finding(request: HttpRequest, name: str) -> HttpResponse:
    """What one step of the round found, with its rows: of customers only those one sees."""
    with company() as opened:
        try:
            morning = newest(opened)
        except ModelError:
            return _none(request)
        kept = opened.lake.kept(morning)
        if name not in kept or name in findings.HIDDEN:
            raise Http404(_("The round has no such finding."))
        whose = seen(person(request))
        short = headline(opened, name, kept[name], whose)
        table = findings.rows(opened, kept[name], whose)
        count = int(opened.run(table.agg(n=table.count()))["n"].iloc[0])
        frame = opened.run(table.limit(_LISTED))
    heads, rows = findings.heads(frame), findings.written(frame)
    told = {
        "room": "understanding", "found": findings.told(name, kept[name]), "morning": morning, "n": count, "short": short,
        "heads": heads, "rows": rows, "left_out": count - len(frame),
        "turned": findings.turned(heads, rows) if count == len(frame) else [],
    }  # fmt: skip
    return render(request, "understanding/finding.html", told)


@page("understanding")
def finding_csv(request: HttpRequest, name: str) -> HttpResponse:
    """All its rows that one sees, as a file."""
    with company() as opened:
        kept = opened.lake.kept(newest(opened))
        if name not in kept or name in findings.HIDDEN:
            raise Http404(_("The round has no such finding."))
        frame = opened.run(findings.rows(opened, kept[name], seen(person(request))))
    return files.csv(frame, f"{name}.csv")


@page("understanding")
def trust(request: HttpRequest) -> HttpResponse:
    """What would have been foretold on mornings of the past, beside what then happened."""
    with company() as opened:
        try:
            morning = newest(opened)
        except ModelError:
            return _none(request)
        told = trials(opened, tried(opened.lake.kept(morning)))
    return render(request, "understanding/trust.html", {"room": "understanding", "trials": told, "morning": morning})


@page("understanding")
def models(request: HttpRequest) -> HttpResponse:
    """Every model with its question, what it takes for granted and when it misleads."""
    return render(request, "understanding/models.html", {"room": "understanding", "models": MODELS.values()})


@page("understanding")
def portraits(request: HttpRequest) -> HttpResponse:
    """Everybody one sees, ordered as one likes."""
    asked = Sorted.read(request.GET.dict())
    told: dict[str, Any] = {"room": "understanding", "asked": asked}
    with company() as opened:
        try:
            people = listed(opened, asked, seen(person(request)))
            count = int(opened.run(people.agg(n=people.count()))["n"].iloc[0])
            part = Paginator(range(count), SHOWN).get_page(number(request))
            frame = opened.run(people.limit(SHOWN, offset=(part.number - 1) * SHOWN))
            told["sees_none"] = not count and sees_none(opened, person(request))
        except ModelError:
            if mornings(opened):
                raise
            return _none(request)
        except ExpressionError as fault:
            told |= {"fault": fault, "place": place(asked.where, fault)}
            return render(request, "understanding/portraits.html", told, status=400)
        currency = opened.settings.currency
    told |= {"heads": asked.heads(), "rows": shown(frame, currency), "page": part, "file": asked.query()}
    return render(request, "understanding/portraits.html", told)


@page("understanding")
def portraits_csv(request: HttpRequest) -> HttpResponse:
    """All the portraits one sees, as a file."""
    with company() as opened:
        frame: pd.DataFrame = opened.run(listed(opened, Sorted.read(request.GET.dict()), seen(person(request))))
    return files.csv(frame.drop(columns="traits", errors="ignore"), "portraits.csv")
