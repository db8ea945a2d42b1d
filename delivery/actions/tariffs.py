"""Electricity tariffs by province: dated rows, never edited."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from delivery.models import ElectricityTariff


def load_tariffs(
    *, fen_per_mwh: Mapping[str, Sequence[int]], source: str, effective_from: datetime
) -> int:
    """Add a tariff of 24 hours for each province that has none yet; return how many are new."""
    known = set(ElectricityTariff.objects.values_list("province", flat=True))
    rows = [
        ElectricityTariff(
            province=province,
            fen_per_mwh=list(hours),
            effective_from=effective_from,
            source=source,
        )
        for province, hours in fen_per_mwh.items()
        if province not in known
    ]
    ElectricityTariff.objects.bulk_create(rows)
    return len(rows)
