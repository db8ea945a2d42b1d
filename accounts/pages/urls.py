"""Addresses of the room's pages."""

from django.urls import path

from accounts.pages.admission import admission, applicant, application_document, members
from accounts.pages.audit import audit_chain, audit_trail
from accounts.pages.credentials import credentials, new_credential, revoke
from accounts.pages.onboarding import check_company_number, onboarding, onboarding_step
from accounts.pages.roles import person, roles
from accounts.pages.second_factor import second_factor

app_name = "accounts"
urlpatterns = [
    path("onboarding/", onboarding, name="onboarding"),
    path("onboarding/check-company-number/", check_company_number, name="check_company_number"),
    path("onboarding/<slug:step>/", onboarding_step, name="onboarding_step"),
    path("admission/", admission, name="admission"),
    path("admission/<int:member_id>/", applicant, name="applicant"),
    path("admission/<int:member_id>/document/", application_document, name="document"),
    path("members/", members, name="members"),
    path("roles/", roles, name="roles"),
    path("roles/<int:person_id>/", person, name="person"),
    path("credentials/", credentials, name="credentials"),
    path("credentials/new/", new_credential, name="new_credential"),
    path("credentials/<int:application_id>/revoke/", revoke, name="revoke_credential"),
    path("audit/", audit_trail, name="audit"),
    path("audit/chain/", audit_chain, name="audit_chain"),
    path("second-factor/", second_factor, name="second_factor"),
]
