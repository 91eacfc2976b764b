"""Addresses of the interface, and of the pages that govern it."""

# ruff: noqa: ARG001  the framework reads what a view takes

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from keepwell.web.api import views
from keepwell.web.api.interface import api
from keepwell.web.api.problems import told


def _nowhere(request: HttpRequest) -> HttpResponse:
    raise Http404


def _every(patterns: list[Any]) -> list[URLPattern]:
    """The interface's addresses, each telling its faults as problems, and whatever else stands under them."""
    for each in patterns:
        each.callback = told(each.callback)
    return [*patterns, re_path(r"[\s\S]*", csrf_exempt(told(_nowhere)))]


_patterns, _name, _namespace = api.urls

urlpatterns = [
    path("api/v1/", (_every(_patterns), _name, _namespace)),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/<uuid:id>/revoke/", views.revoke, name="revoke_token"),
    path("settings/api/", views.reference, name="api_reference"),
    path("settings/webhooks/", views.webhooks, name="webhooks"),
    path("settings/webhooks/<uuid:id>/end/", views.end, name="end_webhook"),
    path("settings/webhooks/deliveries/", views.deliveries, name="deliveries"),
    path("settings/webhooks/deliveries/<uuid:id>/again/", views.again, name="deliver_again"),
]
