"""Addresses of the room's pages."""

from django.urls import path

from contracts.pages.agreements import agreement_page, agreements, paper
from contracts.pages.signing import sign, standard_terms

app_name = "contracts"
urlpatterns = [
    path("agreements/", agreements, name="agreements"),
    path("agreements/<str:number>/", agreement_page, name="agreement"),
    path("agreements/<str:number>/paper.pdf", paper, name="paper"),
    path("agreements/<str:number>/sign/", sign, name="sign"),
    path("standard-terms/", standard_terms, name="standard_terms"),
]
