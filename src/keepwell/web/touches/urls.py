"""Addresses of touches."""

from django.urls import path

from keepwell.web.touches import views

urlpatterns = [
    path("touches/", views.touches, name="touches"),
    path("touches/new/", views.new, name="new_touch"),
    path("touches/worth/", views.worth, name="touches_worth"),
    path("touches/times/", views.times, name="answer_times"),
    path("touches/hand-over/", views.hand_over, name="hand_over_touches"),
    path("touches/<uuid:id>/", views.one, name="touch"),
    path("touches/<uuid:id>/<slug:act>/", views.settle, name="settle_touch"),
]
