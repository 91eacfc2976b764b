"""Addresses of what was found out, and of whom is meant."""

from django.urls import path

from keepwell.web.understanding import segments, views

urlpatterns = [
    path("understanding/", views.understanding, name="understanding"),
    path("understanding/findings/<slug:name>/", views.finding, name="finding"),
    path("understanding/findings/<slug:name>.csv", views.finding_csv, name="finding_csv"),
    path("understanding/trust/", views.trust, name="trust"),
    path("understanding/models/", views.models, name="models"),
    path("understanding/portraits/", views.portraits, name="portraits"),
    path("understanding/portraits.csv", views.portraits_csv, name="portraits_csv"),
    path("understanding/segments/", segments.build, name="segments"),
    path("understanding/segments.csv", segments.people_csv, name="segment_csv"),
    path("understanding/segments/keep/", segments.keep, name="segment_keep"),
    path("understanding/segments/why/", segments.why, name="segment_why"),
    path("understanding/segments/<uuid:id>/remove/", segments.remove, name="segment_remove"),
]
