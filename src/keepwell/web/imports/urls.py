"""Addresses of what comes in."""

from django.urls import path

from keepwell.web.imports import views

urlpatterns = [
    path("data/", views.overview, name="imports"),
    path("data/bring/", views.upload, name="bring"),
    path("data/imports/<uuid:id>/", views.one, name="import"),
    path("data/imports/<uuid:id>/round/", views.after, name="import_round"),
    path("data/imports/<uuid:id>/file/<int:at>/", views.mapping, name="mapping"),
    path("data/imports/<uuid:id>/confirm/", views.confirm, name="confirm_import"),
    path("data/imports/<uuid:id>/again/", views.again, name="again_import"),
    path("data/imports/<uuid:id>/bring-again/", views.bring_again, name="bring_again"),
    path("data/imports/<uuid:id>/leave/", views.leave, name="leave_import"),
    path("data/batches/<str:batch>/", views.batch, name="batch"),
    path("data/batches/<str:batch>/refused.csv", views.refused_csv, name="refused_csv"),
    path("data/batches/<str:batch>/take-back/", views.take_back, name="take_back"),
    path("data/sources/new/", views.source, name="new_source"),
    path("data/sources/<uuid:id>/", views.source, name="source"),
    path("data/sources/<uuid:id>/fetch/", views.fetch, name="fetch"),
]
