"""Look codes up in the catalogue, and refuse those it does not know."""

from marketplace.domain.order_request import OrderRequest
from marketplace.domain.refusals import UnknownCode
from marketplace.models import ChipModel, City, Zone


def city_id_of(code: str | None) -> int | None:
    """Return the city's id; None for no city. Refuse an unknown code with UnknownCode."""
    if code is None:
        return None
    found = City.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise UnknownCode(field="city", value=code)
    return found


def check_codes(request: OrderRequest) -> None:
    """Refuse chips, families and zones that the catalogue does not have."""
    for field, column in (
        ("families_allowed", "family"),
        ("families_excluded", "family"),
        ("chips_allowed", "code"),
    ):
        wanted = set(getattr(request, field))
        if wanted:
            known = ChipModel.objects.filter(**{f"{column}__in": wanted})
            _check_all(field, wanted, set(known.values_list(column, flat=True)))
    if request.zones_allowed:
        zones = set(request.zones_allowed)
        found = Zone.objects.filter(code__in=zones).values_list("code", flat=True)
        _check_all("zones_allowed", zones, set(found))


def _check_all(field: str, wanted: set[str], known: set[str]) -> None:
    missing = sorted(wanted - known)
    if missing:
        raise UnknownCode(field=field, value=", ".join(missing))
