"""Shapes of what people send; the rules are in the actions."""

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Settling

APPLICANTS = [
    ("BUYER", _("Buy compute")),
    ("SELLER", _("Sell idle hours")),
    ("BROKER", _("Trade for clients")),
    ("CARRIER", _("Sell network links")),
]
ROLES = [
    (Role.ADMIN.value, _("Administrator: trades, people and API keys")),
    (Role.TRADER.value, _("Trader: orders, listings and jobs")),
    (Role.VIEWER.value, _("Viewer: reads everything of the organisation")),
]
SETTLING = [
    (Settling.WALLET.value, _("A wallet: deposit money and buy")),
    (Settling.CONNECTOR.value, _("A connector: let a site report and sell")),
]


RIGHTS = [
    ("market:read", _("market:read – read the market")),
    ("orders", _("orders – place, read and cancel orders and listings")),
    ("agreements", _("agreements – read agreements, deliveries and statements")),
    ("readings", _("readings – deliver meter readings for own sites")),
]


class OrganisationForm(forms.Form):
    """Step 1 of joining: who the organisation is."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=120, required=False)
    code = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        help_text=_("Small letters, digits and hyphens; it appears in addresses and the API."),
    )
    uscc = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        help_text=_("18 characters; the last one checks the others."),
    )
    beneficial_owner = forms.CharField(
        label=_("Beneficial owner"),
        max_length=120,
        help_text=_("Who stands behind it. Members with one owner do not trade with each other."),
    )
    capabilities = forms.MultipleChoiceField(
        label=_("What it wants to do"), choices=APPLICANTS, widget=forms.CheckboxSelectMultiple
    )

    def clean_code(self) -> str:
        """Keep short names in small letters."""
        return str(slugify(self.cleaned_data["code"]))


class LicenceForm(forms.Form):
    """Step 2: the licence and its document."""

    licence_number = forms.CharField(label=_("Licence number"), max_length=60, required=False)
    document = forms.FileField(
        label=_("Document"), required=False, help_text=_("PDF, PNG or JPEG, at most 2 MB.")
    )

    def document_bytes(self) -> tuple[str, bytes]:
        """Return name and content of the file; nothing of a file that is far too large."""
        file = self.cleaned_data.get("document")
        if file is None:
            return "", b""
        # One byte more than allowed is enough to be refused.
        return str(file.name or ""), bytes(file.read(2_000_001))


class SettlingForm(forms.Form):
    """Step 4: what to set up first."""

    settling = forms.ChoiceField(
        label=_("Set up first"), choices=SETTLING, widget=forms.RadioSelect
    )


class InvitationForm(forms.Form):
    """Somebody to work for the organisation."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.TRADER.value)


class RoleForm(forms.Form):
    """Another role for a person."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)


class ReasonForm(forms.Form):
    """Why a member is refused or suspended."""

    reason = forms.CharField(label=_("Reason"), max_length=400, required=False)


class CredentialForm(forms.Form):
    """A new API credential."""

    name = forms.CharField(label=_("Name"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("Rights"), choices=RIGHTS, widget=forms.CheckboxSelectMultiple
    )
