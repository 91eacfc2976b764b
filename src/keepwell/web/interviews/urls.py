"""Addresses of interviews and losses."""

from django.urls import path

from keepwell.web.interviews import reports, views

urlpatterns = [
    path("interviews/", views.interviews, name="interviews"),
    path("interviews/new/", reports.new_ones, name="new_ones"),
    path("interviews/kit/<slug:kind>/", views.kit, name="kit"),
    path("interviews/of/<path:customer_id>/", views.interviews_of, name="interviews_of"),
    path("interviews/<uuid:id>/of/<path:customer_id>/", views.interview, name="interview"),
    path("interviews/<uuid:id>/declined/of/<path:customer_id>/", views.decline, name="decline"),
    path("losses/", reports.losses, name="losses"),
    path("losses/tell/", reports.tell_loss, name="tell_loss"),
]
