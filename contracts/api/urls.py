"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from contracts.api.views import Agreements, AgreementTerms, OneAgreement

urlpatterns = [
    path("agreements/", Agreements.as_view(), name="api-agreements"),
    path("agreements/<str:number>/", OneAgreement.as_view(), name="api-agreement"),
    path("agreements/<str:number>/terms/", AgreementTerms.as_view(), name="api-agreement-terms"),
]
