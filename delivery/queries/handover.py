"""Allocations as connectors see them."""

from collections.abc import Iterable

from django.db.models import QuerySet

from delivery.domain.handover import AllocationView
from delivery.domain.naming import base_name
from delivery.models import Allocation


def with_place(rows: QuerySet[Allocation]) -> QuerySet[Allocation]:
    """Return the rows with all that a view needs, in one query."""
    return rows.select_related("agreement", "pool__site", "pool__chip")


def view_of(row: Allocation) -> AllocationView:
    """Return what a site must know of the allocation's present generation."""
    return AllocationView(
        allocation_id=row.pk,
        base_name=base_name(row.agreement.number),
        external_name=row.external_name,
        generation=row.generation,
        site_code=row.pool.site.code,
        pool_code=row.pool.code,
        stack=row.pool.chip.stack,
        devices=row.devices,
        gflops_per_device=row.gflops_per_device,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


def allocations_with_place(ids: Iterable[int]) -> list[Allocation]:
    """Return the named allocations with their places, in primary-key order."""
    return list(with_place(Allocation.objects.filter(pk__in=list(ids)).order_by("id")))
