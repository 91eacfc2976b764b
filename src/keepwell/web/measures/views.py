"""Every figure of the company: the list of them, one with its answer, the customers behind it, files, and kept questions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.errors import KeepwellError, MetricError
from keepwell.measure.metric import find
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.paging import number
from keepwell.web.customers.reach import seen
from keepwell.web.measures import actions, files, words
from keepwell.web.measures.answers import Told, answer, known, trait_names
from keepwell.web.measures.asked import Asked
from keepwell.web.measures.drawing import chart, picture, pixels
from keepwell.web.measures.families import families
from keepwell.web.measures.forms import Keep
from keepwell.web.measures.members import ALL, SHOWN, behind, cell_of, listed, sized, split, whole_of
from keepwell.web.measures.models import View
from keepwell.web.measures.page import BROAD, answered, choices, shown
from keepwell.web.measures.tables import dims
from keepwell.web.understanding.actions import segments_of


@page("measures")
def measures(request: HttpRequest) -> HttpResponse:
    """Every figure there is, by what it is about."""
    q = request.GET.get("words", "").strip()[:100]
    told: dict[str, Any] = {"room": "measures", "words": q, "families": families(q)}
    if not request.headers.get("HX-Request"):
        told["views"] = actions.open_to(person(request))
    return render(request, "measures/measures.html", told)


def _asked(request: HttpRequest, metric: str) -> Asked:
    """The question of an address; a metric there is not is a page there is not."""
    try:
        find(metric)
    except MetricError as refused:
        raise Http404(refused.came) from None
    return Asked.read(metric, request.GET.dict() if request.method == "GET" else request.POST.dict())


@page("measures")
def measure(request: HttpRequest, metric: str) -> HttpResponse:
    """One figure with its answer; where that takes a moment, the page comes first and the answer after it."""
    asked, whose = _asked(request, metric), seen(person(request))
    currency = request.GET.get("currency", "")[:3]
    told: dict[str, Any] = {"room": "measures", "asked": asked, "metric": asked.definition, "form": Keep()}
    status = 200
    with company() as opened:
        told |= choices(request, asked, trait_names(opened)) | {"last_day": opened.as_of}
        try:
            if "now" in request.GET or known(opened, asked, whose):
                told |= answered(opened, asked, answer(opened, asked, whose), whose, currency)
        except KeepwellError as refused:
            told["refused"], status = refused, 200 if request.headers.get("HX-Request") else 400
    told["segments"] = segments_of(person(request))
    told["later"] = asked.query(now="1", currency=currency)
    return render(request, "measures/measure.html", told, status=status)


@page("measures")
def figures(request: HttpRequest, metric: str) -> HttpResponse:
    """All the figures of an answer as a file."""
    asked = _asked(request, metric)
    with company() as opened:
        told = answer(opened, asked, seen(person(request)))
    return files.csv(told.frame, f"{metric}.csv")


@page("measures")
def png(request: HttpRequest, metric: str) -> HttpResponse:
    """The chart of an answer as a picture."""
    asked = _asked(request, metric)
    with company() as opened:
        told, name = answer(opened, asked, seen(person(request))), opened.settings.name
    frame, currency, _every = shown(told, request.GET.get("currency", "")[:3])
    drawn = chart(asked.definition, frame, dims(told, frame), currency, BROAD, lambda *_: "")
    if drawn is None:
        raise Http404(_("There is nothing to draw."))
    title = _("%(name)s · %(company)s") % {"name": asked.definition.name, "company": name}
    drawn_ = pixels(picture(drawn, "chart", "light", title=title, under=_days(told)))
    response = HttpResponse(drawn_, content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{metric}.png"'
    return response


def _days(told: Told) -> str:
    """Of which days an answer speaks, and as known when: a picture goes about without its page."""
    return _("%(first)s to %(last)s, as known on the morning of %(morning)s") % {
        "first": date_format(told.periods[0].start, "DATE_FORMAT"),
        "last": date_format(told.periods[-1].end - timedelta(days=1), "DATE_FORMAT"),
        "morning": date_format(told.as_of, "DATE_FORMAT"),
    }


# The customers behind a figure


def _group(request: HttpRequest, asked: Asked, told: Told) -> str:
    """The group an address names; a share leads to those it is a share of, "all" is everybody of the cell."""
    group = request.GET.get("group", "")
    if group not in ("", ALL) and group not in told.groups:
        raise Http404(_("There is no such group."))
    if not told.named:
        raise Http404(_("It is not counted per customer."))
    if group == ALL:
        return ""
    return group or (whole_of(told) if asked.definition.unit == "share" else "")


@page("measures")
def customers(request: HttpRequest, metric: str) -> HttpResponse:
    """The customers behind a figure: those one sees, and how many more there are."""
    asked, whose = _asked(request, metric), seen(person(request))
    place = number(request)
    with company() as opened:
        told = answer(opened, asked, whose)
        group, cell = _group(request, asked, told), cell_of(told, request.GET)
        found = behind(opened, asked.question(opened, whose), cell, group, whose, place)
    named = {f"cell.{column}": str(value) for column, value in cell.items()}
    base = reverse("measure_customers", args=[metric])
    return render(request, "measures/customers.html", {
        "room": "measures", "asked": asked, "metric": asked.definition, "found": found, "rows": found.rows.to_dict("records"),
        "cell": words.name_of(cell, tuple(cell)), "group": group,
        "named": words.head(group), "split": split(told, cell),
        "groups": [(words.head(name), base + asked.query(**named, group=name), name == group, n) for name, n in sized(told, cell)],
        "everybody": base + asked.query(**named, group=ALL),
        "csv": reverse("measure_customers_csv", args=[metric]) + asked.query(**named, group=group or ALL),
        "others": found.all - found.seen,
        "page": Paginator(range(found.seen), SHOWN).get_page(place),
    })  # fmt: skip


@page("measures")
def customers_csv(request: HttpRequest, metric: str) -> HttpResponse:
    """All the customers behind a figure that one sees, as a file."""
    asked, whose = _asked(request, metric), seen(person(request))
    with company() as opened:
        told = answer(opened, asked, whose)
        group, cell = _group(request, asked, told), cell_of(told, request.GET)
        question = asked.question(opened, whose)
        rows = opened.run(listed(question, question.members(cell, group or None), whose))
    return files.csv(rows, f"{metric}-customers.csv")


# Kept questions


@page("measures")
def keep(request: HttpRequest, metric: str) -> HttpResponse:
    """Keep a question under a name; without scripts it is a page of its own."""
    asked, form = _asked(request, metric), Keep(request.POST or None)
    made = tried(form, lambda: actions.keep(person(request), asked, **form.cleaned_data))
    if made is not None:
        offer_undo(request, _("Kept as %(name)s.") % {"name": made.name}, made)
        return redirect(reverse("measure", args=[metric]) + asked.query())
    told = {"room": "measures", "asked": asked, "metric": asked.definition, "form": form}
    return render(request, "measures/keep.html", told, status=400 if form.is_bound else 200)


@page("measures")
def view(request: HttpRequest, id: UUID) -> HttpResponse:
    """A kept question, asked again."""
    found = get_object_or_404(actions.open_to(person(request)), pk=id)
    return redirect(reverse("measure", args=[found.metric]) + Asked.read(found.metric, found.question).query())


@require_POST
@page("measures")
def remove(request: HttpRequest, id: UUID) -> HttpResponse:
    """Let a kept question go."""
    found = get_object_or_404(View.objects, pk=id)
    actions.withdraw(person(request), found)
    offer_undo(request, _("%(name)s is removed.") % {"name": found.name}, found)
    return redirect("measures")
