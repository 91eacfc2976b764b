"""Pages of tokens, of endpoints and what they were told, and the description of the interface."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keepwell.errors import ConfigError
from keepwell.web.api import actions
from keepwell.web.api.forms import NewEndpoint, NewToken
from keepwell.web.api.models import Delivery, Endpoint, Fate, Scope, Token
from keepwell.web.base.access import page, person
from keepwell.web.base.paging import number

_SHOWN = 100


@never_cache
@page("self")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens, an administrator's everybody's; a new one is shown once."""
    me, shown = person(request), ""
    form = NewToken(me, request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        _made, shown = actions.make_token(me, said["name"], said["scopes"], said["days"])
        form = NewToken(me)
    standing = Token.objects.select_related("person", "use").order_by("-created_at")
    listed = standing if me.may("people") else standing.filter(person=me)
    told = {"room": "settings", "form": form, "tokens": [_told(each) for each in listed], "shown": shown}
    return render(request, "api/tokens.html", told)


def _told(token: Token) -> dict[str, Any]:
    used = token.use.minute if hasattr(token, "use") else None
    return {"it": token, "scopes": [Scope(scope).label for scope in token.scopes], "used": used}


@require_POST
@page("self")
def revoke(request: HttpRequest, id: UUID) -> HttpResponse:
    """End a token at once, for good: there is no way back but a new one."""
    token = get_object_or_404(Token.objects, pk=id)
    actions.revoke(person(request), token)
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("tokens")


@page("self")
def reference(request: HttpRequest) -> HttpResponse:
    """Every endpoint of the interface in plain words, from its own description."""
    from keepwell.web.api.interface import api

    schema = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", [""])[0]
            groups.setdefault(tag, []).append({"method": method.upper(), "path": path, **_words(operation)})
    told = {"room": "settings", "groups": groups, "about": schema["info"]["description"]}
    return render(request, "api/reference.html", told)


def _words(operation: dict[str, Any]) -> dict[str, Any]:
    given = [
        {"name": each["name"], "required": each["required"], "says": each.get("description", ""), "in": each["in"]}
        for each in operation["parameters"]
    ]
    return {"about": operation.get("description", ""), "given": given, "body": "requestBody" in operation}


@never_cache
@page("people")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Who is told what happens; a new endpoint's secret is shown once."""
    form, shown = NewEndpoint(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            _made, shown = actions.make_endpoint(person(request), said["url"], said["events"], private=said["private"])
            form = NewEndpoint()
        except ConfigError as fault:
            form.add_error(None, str(fault))
    listed = [
        {"it": each, "events": [actions.EVENTS.get(event, event) for event in each.events], "failed": each.deliveries.filter(state=Fate.GIVEN_UP).count()}
        for each in Endpoint.objects.order_by("created_at")
    ]  # fmt: skip
    return render(request, "api/webhooks.html", {"room": "settings", "form": form, "endpoints": listed, "shown": shown})


@require_POST
@page("people")
def end(request: HttpRequest, id: UUID) -> HttpResponse:
    """Tell an endpoint nothing any more."""
    endpoint = get_object_or_404(Endpoint.objects, pk=id)
    endpoint.withdrawn_at = timezone.now()
    endpoint.save()
    messages.success(request, _("It is told nothing any more."))
    return redirect("webhooks")


@page("people")
def deliveries(request: HttpRequest) -> HttpResponse:
    """What was told to whom, and what came of it; the newest first."""
    state = request.GET.get("state", "")
    listed = Delivery.objects.select_related("endpoint").order_by("-id")
    if state in Fate.values:
        listed = listed.filter(state=state)
    told = {
        "room": "settings",
        "page": Paginator(listed, _SHOWN).get_page(number(request)),
        "state": state,
        "states": Fate.choices,
    }
    return render(request, "api/deliveries.html", told)


@require_POST
@page("people")
def again(request: HttpRequest, id: UUID) -> HttpResponse:
    """Tell it once more."""
    actions.again(get_object_or_404(Delivery.objects.select_related("endpoint"), pk=id))
    messages.success(request, _("It is told again."))
    return redirect("deliveries")
