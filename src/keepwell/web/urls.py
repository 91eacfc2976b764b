"""Every address of the desk: each room brings its own."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    *(path("", include(f"keepwell.web.{room}.urls")) for room in settings.ROOMS),
    path("sign-in/", include("allauth.urls")),
]
