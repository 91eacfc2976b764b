"""Addresses of Today."""

from django.urls import path

from keepwell.web.today import aside, views

urlpatterns = [
    path("today/", views.today, name="today"),
    path("today/settle/", views.settle, name="settle"),
    path("today/settled/", aside.aside, name="aside"),
    path("today/settled/back/", aside.bring_back, name="bring_back"),
]
