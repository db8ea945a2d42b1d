"""Look codes up in the catalogue, and refuse those it does not know."""

from collections.abc import Collection
from typing import Protocol

from marketplace.domain.refusals import PoolNotYours, UnknownCode
from marketplace.models import ChipModel, City, Pool, Zone


class Conditions(Protocol):
    """What names codes of the catalogue: an order, or the conditions of an auction's bid."""

    @property
    def families_allowed(self) -> Collection[str]:
        """Return families."""

    @property
    def families_excluded(self) -> Collection[str]:
        """Return families."""

    @property
    def chips_allowed(self) -> Collection[str]:
        """Return chip models."""

    @property
    def zones_allowed(self) -> Collection[str]:
        """Return zones."""


def city_id_of(code: str | None) -> int | None:
    """Return the city's id; None for no city. Refuse an unknown code with UnknownCode."""
    if code is None:
        return None
    found = City.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise UnknownCode(field="city", value=code)
    return found


def check_codes(request: Conditions) -> None:
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


def pool_id_of(seller_id: int, code: str) -> int:
    """Return the id of the seller's active pool of that code; refuse any other as unknown."""
    pool = Pool.objects.filter(code=code, site__owner_id=seller_id, active=True)
    found = pool.values_list("pk", flat=True).first()
    if found is None:
        raise PoolNotYours(field="pool")
    return found
