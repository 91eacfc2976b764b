"""Interviews: due, open, held; kits and codes."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.act.interviews import FIXED
from keepwell.errors import ModelError
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.paging import number
from keepwell.web.customers.access import customer_page, sees_none
from keepwell.web.customers.reach import own, seen
from keepwell.web.interviews import actions, kits
from keepwell.web.interviews.forms import Begin, CodesForm, Held, KitForm
from keepwell.web.interviews.models import Interview, Kind, State
from keepwell.web.interviews.reading import due, new_ones
from keepwell.web.meetings.faces import face, pages
from keepwell.web.touches.ahead import warn

_ROOM = {"room": "plans", "tab": "interviews"}
_SHOWN, _DUE = 50, 20
"""Interviews on one page of a list, and of those of one kind that are due."""


@page("customers")
def interviews(request: HttpRequest) -> HttpResponse:
    """Which interviews are due, open, and were held."""
    me, whole = person(request), request.GET.get("whose") == "all"
    lists = {
        "open": Interview.objects.filter(state=State.OPEN).order_by("due", "pk"),
        "held": Interview.objects.filter(state=State.DONE).order_by("-held_at", "pk"),
    }
    found = pages(request, Interview.objects.select_related("interviewer"), lists, _SHOWN)
    told: dict[str, Any] = {"whole": whole, **found}
    asked = {kind.value: number(request, kind.value) for kind in Kind}
    with company() as opened:
        try:
            rows, n = due(opened, seen(me) if whole else own(me), limit=_DUE, pages=asked)
            told["newcomers"] = new_ones(opened, seen(me), limit=0)
            told["sees_none"] = not any(n.values()) and sees_none(opened, me)
        except ModelError:
            return render(request, "interviews/interviews.html", _ROOM | told)
    told["due"] = [
        {
            "kind": kind.value,
            "name": kind.label,
            "page": Paginator(range(n[kind.value]), _DUE).get_page(asked[kind.value]),
            "rows": rows[rows["kind"] == kind.value].to_dict("records"),
        }
        for kind in Kind
        if n.get(kind.value)
    ]
    told["round"] = True
    return render(request, "interviews/interviews.html", _ROOM | told)


@customer_page()
def interviews_of(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Every interview with one customer, and the next one."""
    first = {name: request.GET[name] for name in ("kind", "happened_on", "because") if name in request.GET}
    form = Begin(request.POST or None, initial={"interviewer": person(request).pk, **first})
    made = tried(form, lambda: actions.begin(customer_id, **form.cleaned_data))
    if made is not None:
        offer_undo(request, _("The interview is open."), made)
        warn(request, made, customer_id)
        return redirect("interview", made.pk, customer_id)
    held = (
        Interview.objects.filter(customer_id=customer_id)
        .select_related("interviewer", "kit", "book")
        .order_by("-happened_on")
    )
    told = {
        "who": face(customer_id),
        "held": [(each, _said(each)) for each in held],
        "form": form,
        "blocked": actions.blocks_offers(customer_id),
        "asked": bool(first),
    }
    return render(request, "interviews/of.html", _ROOM | told, status=400 if form.is_bound else 200)


def _said(each: Interview) -> dict[str, Any]:
    """Questions with their answers, and codes in words."""
    words = dict(each.book.codes) if each.book else {}
    return {
        "answers": [pair for pair in zip(each.kit.questions, each.answers, strict=False) if pair[1]],
        "codes": [words.get(code, code) for code in each.codes],
    }


@customer_page()
def interview(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """One interview: the opening, the questions, and what they say."""
    kept = get_object_or_404(
        Interview.objects.select_related("kit", "book", "interviewer"), pk=id, customer_id=customer_id
    )
    first: dict[str, Any] = {f"answer_{place}": words for place, words in enumerate(kept.answers)}
    first |= {name: getattr(kept, name) for name in ("speaker", "went", "went_to", "codes")} | {"doubted": kept.doubted}
    form = Held(request.POST or None, interview=kept, initial=first)
    done = tried(form, lambda: actions.hold(kept, form.words(), form.cleaned_data["codes"], said=form.cleaned_data))
    if done is not None:
        offer_undo(request, _("The interview is kept."), done)
        return redirect("interviews_of", customer_id)
    told = {"who": face(customer_id), "interview": kept, "form": form}
    return render(request, "interviews/interview.html", _ROOM | told, status=400 if form.is_bound else 200)


@customer_page()
@require_POST
def decline(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """They do not want to be asked."""
    kept = get_object_or_404(Interview, pk=id, customer_id=customer_id)
    offer_undo(request, _("They declined."), actions.decline(kept))
    return redirect("interviews")


@page("customers", write="board")
def kit(request: HttpRequest, kind: str) -> HttpResponse:
    """What is said and asked, and by which codes answers are told."""
    if kind not in kits.KINDS:
        raise Http404
    now, book = kits.shown_kit(kind), kits.shown_book(kind)
    about = request.POST.get("about", "")
    form = KitForm(
        request.POST if about == "kit" else None,
        initial={"opening": now.opening, "questions": "\n".join(now.questions)},
    )
    codes = CodesForm(
        request.POST if about == "codes" else None,
        initial={"codes": "\n".join(f"{code} = {words}" for code, words in book.codes)},
    )
    made = tried(
        form, lambda: kits.next_kit(kind, form.cleaned_data["opening"], form.cleaned_data["questions"].splitlines())
    )
    if made is not None:
        offer_undo(request, _("Version %(n)s is asked from now on.") % {"n": made.number}, made)
        return redirect("kit", kind)
    coded = tried(codes, lambda: kits.next_book(kind, codes.pairs()))
    if coded is not None:
        offer_undo(request, _("Version %(n)s of the codes counts from now on.") % {"n": coded.number}, coded)
        return redirect("kit", kind)
    told = {
        "kind": Kind(kind),
        "kit": now,
        "book": book,
        "form": form,
        "codes": codes,
        "fixed": kind in FIXED,
        "may": person(request).may("board"),
    }
    return render(request, "interviews/kit.html", _ROOM | told, status=400 if form.is_bound or codes.is_bound else 200)
