"""The house's addresses, with the baseline in place of its order path."""

from django.urls import include, path

from bench.baseline.views import OrderCancel, Orders

urlpatterns = [
    path("api/v1/orders/", Orders.as_view()),
    path("api/v1/orders/<int:order_id>/cancel/", OrderCancel.as_view()),
    path("", include("config.urls")),
]
