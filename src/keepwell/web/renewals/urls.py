"""Addresses of renewals."""

from datetime import date

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from keepwell.web.renewals import views


class Day(StringConverter):
    """A day as 2026-07-01."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:  # type: ignore[override]
        """The day; one that is none is no address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:  # type: ignore[override]
        """As it is written."""
        return f"{value:%Y-%m-%d}"


register_converter(Day, "day")

urlpatterns = [
    path("renewals/", views.renewals, name="renewals"),
    path("renewals/<day:renews_on>/<str:subscription_id>/of/<path:customer_id>/", views.renewal, name="renewal"),
]
