"""Pools as their sites run them."""

from django.db import transaction

from exchange.refusal import NotFound
from marketplace.models import Pool


@transaction.atomic
def point_pool(*, pool_id: int, connector: str) -> str:
    """Let a pool's next hand-overs go by another connector; return the one it had.

    The caller knows the connector and holds what stands there. NotFound for an unknown pool.
    """
    pool = Pool.objects.select_for_update().filter(pk=pool_id).first()
    if pool is None:
        raise NotFound
    was = pool.connector
    if was != connector:
        pool.connector = connector
        pool.save(update_fields=["connector"])
    return was
