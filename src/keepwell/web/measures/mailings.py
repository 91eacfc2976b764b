"""The pages of a mailed view: how often and to whom, what became of each mail, and the link that stops it."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError
from keepwell.web import place
from keepwell.web.base.access import page, person, public
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.paging import number
from keepwell.web.measures import actions, posting
from keepwell.web.measures.forms import MailForm
from keepwell.web.measures.mail import of_token
from keepwell.web.measures.models import Letter, Mailing, Recipient, View

_SHOWN = 50


def _mailing(view: View) -> Mailing | None:
    return Mailing.objects.filter(view=view).first()


@page("measures")
def mail(request: HttpRequest, id: UUID) -> HttpResponse:
    """How a view is mailed: its keeper says it, who gets it may stop their own copy."""
    me, view = person(request), get_object_or_404(actions.open_to(person(request)), pk=id)
    mailing, mine = _mailing(view), view.created_by_id == me.pk
    to = (
        list(Recipient.objects.filter(mailing=mailing).select_related("person").order_by("person__name", "pk"))
        if mailing
        else []
    )
    first = [each.person_id for each in to] or [me.pk]
    form = MailForm(request.POST or None, instance=mailing, people=posting.may_get(view), initial={"people": first})
    if request.method == "POST":
        if not mine:
            raise ConfigError(_("Somebody else keeps this view."), "", _("Only they say to whom it is mailed."))
        if form.is_valid():
            made = posting.schedule(view, form.save(commit=False), form.cleaned_data["people"])
            offer_undo(request, _("%(name)s is mailed.") % {"name": view.name}, made)
            return redirect("view_mail", view.pk)
    letters = Letter.objects.filter(mailing__view=view).select_related("person")
    listed = (letters if mine else letters.filter(person=me)).order_by("-due_on", "person__name", "pk")
    told = {"room": "measures", "view": view, "mailing": mailing, "to": to, "form": form, "mine": mine, "zone": _zone(),
            "gets": any(each.person_id == me.pk for each in to), "server": place.mail_server() is not None,
            "address": place.address(), "page": Paginator(listed, _SHOWN).get_page(number(request))}  # fmt: skip
    return render(request, "measures/mailing.html", told, status=400 if form.is_bound else 200)


def _zone() -> str:
    path = place.folder() / FILE_NAME
    return Company.load(path).time_zone if path.exists() else "UTC"


@require_POST
@page("measures")
def stop(request: HttpRequest, id: UUID) -> HttpResponse:
    """Stop a mail: its keeper for everybody, anybody else for themselves."""
    me, view = person(request), get_object_or_404(actions.open_to(person(request)), pk=id)
    mailing = _mailing(view)
    if mailing is None:
        raise Http404
    if view.created_by_id == me.pk:
        offer_undo(request, _("%(name)s is mailed no more.") % {"name": view.name}, posting.stop(mailing))
    else:
        mine = get_object_or_404(Recipient, mailing=mailing, person=me)
        posting.leave(mine)
        offer_undo(request, _("%(name)s is mailed to you no more.") % {"name": view.name}, mine)
    return redirect("view_mail", view.pk)


@csrf_exempt
@public
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail: looked at it asks, sent it stops, without signing in; the token says whose copy of what (RFC 8058)."""
    to = of_token(token)
    if to is None:
        raise Http404
    if request.method == "POST":
        posting.leave(to)
    return render(
        request, "measures/unsubscribed.html", {"view": to.mailing.view, "stopped": to.withdrawn_at is not None}
    )
