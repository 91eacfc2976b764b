"""Addresses of promises."""

from django.urls import path

from keepwell.web.promises import expectations, rules, views

urlpatterns = [
    path("promises/", views.promises, name="promises"),
    path("promises/new/", views.new, name="new_promise"),
    path("promises/kept/", views.kept, name="promises_kept"),
    path("promises/hand-over/", views.hand_over, name="hand_over_promises"),
    path("promises/types/", rules.types, name="promise_types"),
    path("promises/types/new/", rules.change, name="new_promise_type"),
    path("promises/types/<slug:code>/", rules.change, name="promise_type"),
    path("promises/expectations/", expectations.expectations, name="expectations"),
    path("promises/expectations/new/", expectations.new, name="new_expectation"),
    path("promises/expectations/<uuid:id>/", expectations.one, name="expectation"),
    path("promises/<uuid:id>/", views.one, name="promise"),
    path("promises/<uuid:id>/<slug:act>/", views.settle, name="settle_promise"),
]
