"""Addresses of customers."""

from django.urls import path

from keepwell.web.customers import views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/<path:customer_id>/", views.customer, name="customer"),
]
