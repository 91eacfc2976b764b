"""Addresses of work in the background."""

from django.urls import path

from keepwell.web.work import views

urlpatterns = [
    path("data/work/", views.jobs, name="jobs"),
    path("data/work/round/", views.start_round, name="start_round"),
]
