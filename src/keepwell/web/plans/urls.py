"""Addresses of plans and reviews."""

from django.urls import path

from keepwell.web.plans import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/of/<path:customer_id>/", views.plan, name="plan"),
    path("plans/write/of/<path:customer_id>/", views.write_plan, name="write_plan"),
    path("plans/review/of/<path:customer_id>/", views.review, name="review"),
    path("plans/<uuid:id>/sign/<slug:function>/of/<path:customer_id>/", views.sign_plan, name="sign_plan"),
    path("plans/actions/<uuid:id>/of/<path:customer_id>/", views.settle_action, name="settle_action"),
]
