"""Addresses of the room's pages."""

from django.urls import path

from oversight.pages.national import centres_json, national

app_name = "oversight"
urlpatterns = [
    path("national/", national, name="national"),
    path("national/centres.json", centres_json, name="centres_json"),
]
