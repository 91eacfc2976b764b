"""Addresses of customers; what is done to one stands before their id, for an id may hold anything."""

from django.urls import path

from keepwell.web.customers import deeds, views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("suggest-customers/", views.suggest, name="suggest_customers"),
    path("keep-decisions/", deeds.undecided, name="undecided"),
    path("customers/<path:customer_id>/", views.customer, name="customer"),
    path("customer/timeline/<path:customer_id>/", views.timeline, name="customer_timeline"),
    path("customer/seat/<path:customer_id>/", deeds.seat, name="customer_seat"),
    path("customer/goal/<path:customer_id>/", deeds.goal, name="customer_goal"),
    path("customer/measured/<uuid:id>/<path:customer_id>/", deeds.measured, name="customer_measured"),
    path("customer/words/<path:customer_id>/", deeds.words, name="customer_words"),
    path("customer/need/<path:customer_id>/", deeds.need, name="customer_need"),
    path("customer/met/<uuid:id>/<path:customer_id>/", deeds.met, name="customer_met"),
    path("customer/withdraw/<slug:kind>/<uuid:id>/<path:customer_id>/", deeds.withdraw, name="customer_withdraw"),
    path("customer/decide/<path:customer_id>/", deeds.decide, name="customer_decide"),
]
