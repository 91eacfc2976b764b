"""Addresses of Today."""

from django.urls import path

from keepwell.web.today import views

urlpatterns = [path("today/", views.today, name="today"), path("today/settle/", views.settle, name="settle")]
