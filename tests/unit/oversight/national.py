"""A little nation for oversight's tests: sites with racks, devices and distances."""

from datetime import UTC, date, datetime

from accounts.models import Member, Membership, Person
from marketplace.models import ChipModel, City, NetworkMeasurement, Pool, Site, Zone

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
WALL = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
DAY = date(2026, 11, 22)


def member(code: str = "seller", *capabilities: str, state: str = "ADMITTED") -> Member:
    return Member.objects.get_or_create(
        code=code,
        defaults={
            "name": code.title(),
            "capabilities": list(capabilities) or ["SELLER"],
            "beneficial_owner": code,
            "state": state,
            "applied_at": NOW,
        },
    )[0]


def person(email: str, of: Member, role: str = "TRADER") -> Person:
    # Seeded people of a sandbox may do without a second factor.
    someone = Person.objects.create_user(email, is_demo=True)
    Membership.objects.create(person=someone, member=of, role=role, since_at=NOW)
    return someone


def zone(code: str = "qingyang", province: str = "gs", pue_limit: int | None = 1200) -> Zone:
    return Zone.objects.get_or_create(
        code=code,
        defaults={
            "kind": "CLUSTER",
            "name": code.title(),
            "name_zh": "庆阳",
            "province": province,
            "province_name": province.upper(),
            "province_zh": "甘肃",
            "side": "WEST",
            "latitude_udeg": 35_700_000,
            "longitude_udeg": 107_600_000,
            "pue_limit_thousandths": pue_limit,
        },
    )[0]


def chip() -> ChipModel:
    return ChipModel.objects.get_or_create(
        code="ascend-910b",
        defaults={
            "name": "Ascend 910B",
            "vendor": "Huawei",
            "family": "ascend",
            "stack": "CANN",
            "memory_gb": 64,
            "memory_bandwidth_gbs": 1600,
            "power_w": 400,
            "nominal_gflops": 320_000,
            "source": "test",
        },
    )[0]


def site(
    code: str,
    *,
    devices: int = 100,
    pue: int = 1150,
    rtt_us: int = 18_000,
    licence_no: str | None = None,
) -> Site:
    made = Site.objects.create(
        code=code,
        name=code.title(),
        name_zh=code,
        owner=member(),
        zone=zone(),
        identifier=f"CN-{code}",
        licence_no=f"B11-{code}" if licence_no is None else licence_no,
        latitude_udeg=35_700_000,
        longitude_udeg=107_600_000,
        pue_thousandths=pue,
        carbon_g_per_kwh=500,
        racks_built=100,
        racks_used=62,
    )
    Pool.objects.create(
        code=f"{code}-pool", site=made, chip=chip(), devices=devices, connector="simulated"
    )
    city_rtt([made], rtt_us)
    return made


def city_rtt(places: list[Site], rtt_us: int = 18_000) -> None:
    """Give the sites an estimated round-trip time to Xi'an."""
    city = City.objects.get_or_create(
        code="xian",
        defaults={
            "name": "Xi'an",
            "name_zh": "西安",
            "province": "sn",
            "latitude_udeg": 34_300_000,
            "longitude_udeg": 108_900_000,
        },
    )[0]
    NetworkMeasurement.objects.bulk_create(
        NetworkMeasurement(
            site=place,
            city=city,
            rtt_us=rtt_us,
            rtt_p95_us=rtt_us,
            method="ESTIMATED",
            measured_at=NOW,
        )
        for place in places
    )
