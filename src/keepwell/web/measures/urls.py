"""Addresses of figures; what is asked of them stands behind the question mark."""

from django.urls import path

from keepwell.web.measures import mailings, views

urlpatterns = [
    path("measures/", views.measures, name="measures"),
    path("measures/views/<uuid:id>/", views.view, name="view"),
    path("measures/views/<uuid:id>/remove/", views.remove, name="view_remove"),
    path("measures/views/<uuid:id>/mail/", mailings.mail, name="view_mail"),
    path("measures/views/<uuid:id>/mail/stop/", mailings.stop, name="view_mail_stop"),
    path("measures/mail/stop/<str:token>/", mailings.unsubscribe, name="mail_stop"),
    path("measures/<slug:metric>/", views.measure, name="measure"),
    path("measures/<slug:metric>/figures.csv", views.figures, name="measure_csv"),
    path("measures/<slug:metric>/chart.png", views.png, name="measure_png"),
    path("measures/<slug:metric>/customers/", views.customers, name="measure_customers"),
    path("measures/<slug:metric>/customers.csv", views.customers_csv, name="measure_customers_csv"),
    path("measures/<slug:metric>/keep/", views.keep, name="view_keep"),
]
