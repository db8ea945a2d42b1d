"""Addresses of the room's pages."""

from django.urls import path, re_path

from oversight.pages.assessments import assessment, assessments, run
from oversight.pages.centres import centre, centres
from oversight.pages.importing import import_page
from oversight.pages.interventions import (
    approve,
    emergency,
    intervention,
    interventions,
    propose,
    withdraw,
)
from oversight.pages.national import centres_json, national
from oversight.pages.registry import export, registry
from oversight.pages.what_if import what_if_page

app_name = "oversight"
KIND = "(?P<kind>licences|projects)"
urlpatterns = [
    path("national/", national, name="national"),
    path("national/centres.json", centres_json, name="centres_json"),
    path("registry/", registry, name="registry"),
    path("registry/projects/", registry, {"kind": "projects"}, name="projects"),
    re_path(rf"^registry/{KIND}\.csv$", export, name="export"),
    re_path(rf"^registry/{KIND}/import/$", import_page, name="import"),
    path("assessments/", assessments, name="assessments"),
    path("assessments/run/", run, name="run"),
    path("assessments/what-if/", what_if_page, name="what_if"),
    path("assessments/<int:pk>/", assessment, name="assessment"),
    path("interventions/", interventions, name="interventions"),
    path("interventions/emergency/", emergency, name="emergency"),
    path("interventions/propose/", propose, name="propose"),
    path("interventions/<int:pk>/", intervention, name="intervention"),
    path("interventions/<int:pk>/approve/", approve, name="approve"),
    path("interventions/<int:pk>/withdraw/", withdraw, name="withdraw"),
    path("centres/", centres, name="centres"),
    path("centres/<slug:code>/", centre, name="centre"),
]
