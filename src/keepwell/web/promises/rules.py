"""Types of promise, and which are never to be given."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.access import page
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.forms import tried
from keepwell.web.promises.forms import SortForm
from keepwell.web.promises.models import SortRule
from keepwell.web.promises.sorts import sorts


@page("people")
def types(request: HttpRequest) -> HttpResponse:
    """Every type, those never to promise last."""
    return render(request, "promises/types.html", {"room": "promises", "sorts": sorts().values()})


@page("people")
def change(request: HttpRequest, code: str = "") -> HttpResponse:
    """A type of the company's own, or what it says of another."""
    rule = SortRule.objects.filter(code=code).first()
    sort = sorts().get(code)
    if code and sort is None:
        return redirect("promise_types")
    first = {"name": sort.name, "never": sort.never, "signs": "\n".join(sort.signs)} if sort else {}
    form = SortForm(request.POST or None, instance=rule or SortRule(code=code), initial=first)
    made = tried(form, lambda: _kept(form))
    if made is not None:
        offer_undo(request, _("Kept: %(name)s.") % {"name": made}, made)
        return redirect("promise_types")
    told = {"room": "promises", "form": form, "sort": sort}
    return render(request, "promises/type.html", told, status=400 if request.method == "POST" else 200)


def _kept(form: SortForm) -> SortRule:
    made: SortRule = form.save(commit=False)
    if not made.code:
        made.code = slugify(made.name)[:40] or f"type-{made.pk.hex[-8:]}"
        if made.code in sorts() or made.code == "new":
            raise ConfigError(_("There is such a type already."), "", _("Change that one, or choose another name."))
    made.save()
    return made
