"""How far is the work? And a round on demand."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.web.base.access import page, person
from keepwell.web.base.paging import number
from keepwell.web.base.templatetags.desk import number as format_number
from keepwell.web.work.models import Job
from keepwell.web.work.tasks import ask_round

_SHOWN = 50
"""Jobs of one page."""


@page("data")
def jobs(request: HttpRequest) -> HttpResponse:
    """All jobs, the newest first, and how far each is."""
    every = Job.objects.select_related("asked_by").order_by("-created_at", "pk")
    newest = Paginator(every, _SHOWN).get_page(number(request))
    part = "work/list.html" if request.headers.get("HX-Request") else "work/jobs.html"
    busy = any(job.state in ("waiting", "running") for job in newest)
    return render(
        request, part, {"room": "data", "jobs": [(job, _came(job)) for job in newest], "busy": busy, "page": newest}
    )


def _came(job: Job) -> str:
    """What came of a job, in a sentence; each kind of job says it in its own."""
    said, kind = job.result or {}, job.task.rpartition(".")[2]
    numbers = {name: format_number(value) if isinstance(value, int) else value for name, value in said.items()}
    told = {
        "send_view": _("%(sent)s sent, %(unsent)s not sent."),
        "take_round": _("The morning of %(morning)s: %(anew)s of %(steps)s steps were worked out anew."),
        "bring_desk": _(
            "%(read)s touches and promises of the desk read: %(accepted)s new to the data, %(refused)s refused."
        ),
        "bring": _("%(read)s rows read: %(accepted)s accepted, %(refused)s refused, %(known)s known already."),
        "take_back": _("%(gone)s rows went."),
        "look": _("%(rows)s rows were looked at."),
    }
    return told[kind] % numbers if len(said) > 1 and kind in told else ""


@require_POST
@page("data")
def start_round(request: HttpRequest) -> HttpResponse:
    """Ask for a round now."""
    ask_round(by=person(request))
    messages.success(request, _("The round is asked for; it begins as soon as nothing else writes."))
    return redirect("jobs")
