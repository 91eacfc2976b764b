"""Addresses of people and the frame."""

from django.urls import path
from django.views.generic import RedirectView

from keepwell.web.base import views
from keepwell.web.base.access import public

urlpatterns = [
    path("", views.home, name="home"),
    path("setup/", views.begin, name="setup"),
    path("favicon.ico", public(RedirectView.as_view(url="/static/desk/mark.svg"))),
    path("settings/", views.settings, name="settings"),
    path("settings/company/", views.company, name="company"),
    path("settings/signed-in/<int:id>/end/", views.end_session, name="end_session"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<uuid:id>/", views.somebody, name="person"),
    path("people/<uuid:id>/link/", views.link, name="link"),
    path("people/<uuid:id>/sign-in/", views.deactivate, name="deactivate"),
    path("audit/", views.audit, name="audit"),
    path("undo/<path:what>/", views.undo, name="undo"),
]
