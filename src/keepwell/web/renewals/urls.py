"""Addresses of renewals."""

from django.urls import path

from keepwell.web.renewals import views

urlpatterns = [
    path("renewals/", views.renewals, name="renewals"),
    path("renewals/of/<path:customer_id>/", views.renewal, name="renewal"),
]
