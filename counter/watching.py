"""The watching desk at `/admin/`: every room's rows, read through a role that can only SELECT."""

from collections.abc import Sequence
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from counter.access import acting_of

READER = "reader"
WATCHERS = ("REGULATOR", "OPERATOR")
COLUMNS = 8
# A column of these would be a page of its own.
TOO_WIDE = (models.JSONField, models.TextField, models.BinaryField)


def watches(request: HttpRequest) -> bool:
    """Tell whether the caller acts for an admitted regulator or operator."""
    acting = acting_of(request)
    return any(acting.has(name) for name in WATCHERS)


def second_factor_held(request: HttpRequest) -> bool:
    """Tell whether the person signs in with a second factor.

    In a sandbox market alone, seeded demo people may do without.
    """
    if settings.SANDBOX_MARKET and getattr(request.user, "is_demo", False):
        return True
    return bool(is_mfa_enabled(request.user))


def second_factor_spared(request: HttpRequest) -> bool:
    """Tell whether a watching demo person may come in without the second factor of others."""
    is_demo = getattr(request.user, "is_demo", False)
    return settings.SANDBOX_MARKET and is_demo and watches(request)


class WatchingSite(admin.AdminSite):
    """Django's admin for regulators and operators: sign-in is allauth's, nothing can be changed."""

    site_header = _("Gridhour records")
    site_title = _("Gridhour records")
    index_title = _("Every room's rows, read-only")
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in read-only desks; what libraries register could write, or show tokens."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may look: a watching member's person with a second factor."""
        return watches(request) and second_factor_held(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send strangers to sign in and watchers without a second factor to set one up.

        Others are told that there is nothing here.
        """
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        if not watches(request):
            raise Http404
        if not second_factor_held(request):
            return HttpResponseRedirect(reverse("mfa_index"))
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Leave passwords to the sign-in pages."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Leave signing out to the sign-in pages."""
        return HttpResponseRedirect(reverse("account_logout"))


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists and shows rows; has no form, no action and no way to write."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[models.Model]:
        """Return the rows as the reading role sees them."""
        return super().get_queryset(request).using(READER)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the room to whom may look at all."""
        return watches(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Let watchers look."""
        return watches(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Let nobody add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Let nobody change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Let nobody delete."""
        return False


def open_for_watching(*rows: type[models.Model], hidden: Sequence[str] = ()) -> None:
    """Register the models: first columns as a list, every short text searchable.

    `hidden` names fields that nobody may read here, such as secrets.
    """
    for model in rows:
        fields = [
            field
            for field in model._meta.concrete_fields
            if field.name not in hidden and not isinstance(field, TOO_WIDE)
        ]
        texts = [
            field.name
            for field in fields
            if isinstance(field, models.CharField) and not field.choices
        ]
        references = [f.name for f in fields if isinstance(f, models.ForeignKey)]
        choices = [field.name for field in fields if field.choices]
        attributes = {
            "list_display": [field.name for field in fields][:COLUMNS],
            "list_select_related": references or False,
            "list_filter": choices,
            "search_fields": [*texts, *([] if model._meta.pk.remote_field else ["=pk"])],
            "ordering": ["-pk"],
            "exclude": [name for name in hidden if _has(model, name)],
            "__doc__": f"Shows {model._meta.verbose_name_plural}.",
        }
        admin.site.register(model, type(f"{model.__name__}Watch", (ReadOnlyAdmin,), attributes))


def _has(model: type[models.Model], name: str) -> bool:
    return name in {field.name for field in model._meta.get_fields()}
