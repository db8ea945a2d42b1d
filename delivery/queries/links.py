"""Links' deliveries: what is to be done, and what their parties see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum

from contracts.domain.link_terms import OWN_METER_RULE
from contracts.models import Agreement, AgreementVersion
from delivery.domain.allocation_lifecycle import PROVISION_LEAD
from delivery.domain.link_handover import LinkView
from delivery.domain.metering import HOUR, QUARTER
from delivery.models import LinkDelivery, SealedLinkHour
from delivery.queries.work import resting


def links_awaiting_delivery(limit: int) -> list[int]:
    """Return agreements in force on links with a meter of their own, without a delivery."""
    metered = AgreementVersion.objects.filter(
        agreement=OuterRef("pk"), terms__metering_rule=OWN_METER_RULE
    )
    rows = Agreement.objects.filter(
        Exists(metered), state="IN_FORCE", link_delivery=None, link_trade__isnull=False
    )
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True)[:limit])


def links_to_provision(now: datetime, wall: datetime, limit: int) -> list[int]:
    """Return links whose start is near and which nobody works on or has given up."""
    due = LinkDelivery.objects.filter(
        state__in=["PLANNED", "PROVISIONING"], starts_at__lte=now + PROVISION_LEAD
    )
    ids = list(due.order_by("starts_at", "id").values_list("id", flat=True)[: 2 * limit])
    held = resting("link", ids, wall)
    return [pk for pk in ids if pk not in held][:limit]


def links_to_meter(now: datetime, limit: int) -> list[int]:
    """Return delivering links of which a quarter-hour has ended unread."""
    rows = LinkDelivery.objects.filter(
        state="DELIVERING", metered_until__lte=now - QUARTER, metered_until__lt=F("ends_at")
    )
    return list(rows.order_by("metered_until", "id").values_list("id", flat=True)[:limit])


def links_to_move(now: datetime) -> bool:
    """Tell whether a link's delivery is to be started, completed or sealed."""
    return LinkDelivery.objects.filter(
        Q(state="ACCEPTED", starts_at__lte=now)
        | Q(state="DELIVERING", ends_at__lte=now)
        | Q(sealed_until__lt=F("ends_at"), sealed_until__lte=now - HOUR)
    ).exists()


def with_route(rows: QuerySet[LinkDelivery]) -> QuerySet[LinkDelivery]:
    """Return the rows with all that a view and the pages need, in one query."""
    return rows.select_related("agreement__seller", "agreement__buyer", "link__zone", "link__city")


def link_view_of(row: LinkDelivery) -> LinkView:
    """Return what a carrier must know of the link's delivery."""
    return LinkView(
        link_delivery_id=row.pk,
        external_name=row.external_name,
        carrier_code=row.agreement.seller.code,
        zone_code=row.link.zone.code,
        city_code=row.link.city.code,
        gbps=row.gbps,
        gb=row.gb,
        rtt_us=row.rtt_us,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


def link_deliveries_of(member_id: int) -> QuerySet[LinkDelivery]:
    """Return the links' deliveries that the member receives or makes, newest first."""
    parties = Q(agreement__buyer_id=member_id) | Q(agreement__seller_id=member_id)
    return with_route(LinkDelivery.objects.filter(parties))


def links_beside(allocation_agreement_id: int) -> list[LinkDelivery]:
    """Return the deliveries of the links beside an agreement on devices, by their start."""
    rows = LinkDelivery.objects.filter(
        agreement__link_trade__trade__agreement=allocation_agreement_id
    )
    return list(with_route(rows).order_by("starts_at", "pk"))


@dataclass(frozen=True)
class LinkTotals:
    """What a link's sealed hours were together, each by its latest run."""

    hours: int = 0
    undelivered_hours: int = 0
    contracted_gbps_seconds: int = 0
    available_gbps_seconds: int = 0
    moved_mb: int = 0


def link_totals_of(ids: Iterable[int]) -> dict[int, LinkTotals]:
    """Return the totals of links' deliveries with a sealed hour, by id.

    An hour of which nothing was available is an undelivered one.
    """
    rows = latest_link_hours(SealedLinkHour.objects.filter(link_delivery_id__in=list(ids)))
    found: dict[int, LinkTotals] = {}
    nothing = Q(contracted_gbps_seconds__gt=0, available_gbps_seconds=0)
    sums = rows.values("link_delivery_id").annotate(
        hours=Sum(1),
        lost=Sum(1, filter=nothing, default=0),
        contracted=Sum("contracted_gbps_seconds"),
        available=Sum("available_gbps_seconds"),
        moved=Sum("moved_mb"),
    )
    for one in sums.order_by("link_delivery_id"):
        found[one["link_delivery_id"]] = LinkTotals(
            one["hours"], one["lost"], one["contracted"], one["available"], one["moved"]
        )
    return found


def latest_link_hours(rows: QuerySet[SealedLinkHour]) -> QuerySet[SealedLinkHour]:
    """Return each hour's newest seal only."""
    newest = rows.values("link_delivery_id", "hour_start").annotate(last=Max("id"))
    return rows.filter(pk__in=newest.values("last"))
