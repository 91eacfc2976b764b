"""Addresses of meetings and contacts."""

from django.urls import path

from keepwell.web.meetings import calendars, views

urlpatterns = [
    path("meetings/", views.meetings, name="meetings"),
    path("meetings/of/<path:customer_id>/", views.meetings_of, name="meetings_of"),
    path("meetings/new/of/<path:customer_id>/", views.plan_meeting, name="plan_meeting"),
    path("meetings/<uuid:id>/of/<path:customer_id>/", views.meeting, name="meeting"),
    path("meetings/<uuid:id>/off/of/<path:customer_id>/", views.meeting_off, name="meeting_off"),
    path("meetings/<uuid:id>/on/of/<path:customer_id>/", views.meeting_on, name="meeting_on"),
    path("meetings/calendar/", calendars.calendar, name="calendar"),
    path("meetings/bring/", calendars.bring, name="bring_meetings"),
    path("calendar/<str:token>.ics", calendars.calendar_feed, name="calendar_feed"),
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/of/<path:customer_id>/", views.rhythm, name="rhythm"),
]
