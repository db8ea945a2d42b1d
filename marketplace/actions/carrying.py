"""Carriers offer links, and change what they offer. What is sold stays sold."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from accounts.models import Member
from exchange.refusal import NotFound
from marketplace.domain.links import LinkOffered, LinkOffering, check_link_offering
from marketplace.domain.refusals import BelowTaken, MissingCapability, NotTrading, UnknownCode
from marketplace.models import CarrierLink, City, Zone
from marketplace.queries.carrying import most_sold


@transaction.atomic
def offer_link(
    *,
    carrier_id: int,
    zone: str,
    city: str,
    offering: LinkOffering,
    person_id: int | None,
    now: datetime,
) -> CarrierLink:
    """Offer a new link from a zone to a city, in every hour from now on.

    Refuses who is no admitted carrier, unknown places, figures out of bounds, and a second
    link between the same places.
    """
    _check_carrier(carrier_id)
    check_link_offering(offering)
    found_zone = Zone.objects.filter(code=zone).first()
    found_city = City.objects.filter(code=city).first()
    if found_zone is None:
        raise UnknownCode(field="zone", value=zone)
    if found_city is None:
        raise UnknownCode(field="city", value=city)
    if CarrierLink.objects.filter(carrier_id=carrier_id, zone=found_zone, city=found_city).exists():
        raise LinkOffered
    link = CarrierLink.objects.create(
        carrier_id=carrier_id,
        zone=found_zone,
        city=found_city,
        connector=offering.way_from(""),
        **offering.facts,
    )
    _note("LINK_OFFERED", link, offering, person_id, now)
    return link


@transaction.atomic
def change_link(
    *,
    carrier_id: int,
    link_id: int,
    offering: LinkOffering,
    person_id: int | None,
    now: datetime,
) -> CarrierLink:
    """Change capacity, prices, round trip or meter of a link, or take it off the market.

    Refuses another's link, figures out of bounds, and less capacity than is sold in an hour
    to come. The book hears of it before the next order.
    """
    _check_carrier(carrier_id)
    check_link_offering(offering)
    link = CarrierLink.objects.select_for_update().filter(pk=link_id, carrier_id=carrier_id).first()
    if link is None:
        raise NotFound
    sold = most_sold([link_id], now)[link_id]
    if offering.capacity_gbps < sold:
        raise BelowTaken(field="capacity_gbps", lowest=sold)
    for name, value in offering.facts.items():
        setattr(link, name, value)
    link.connector = offering.way_from(link.connector)
    link.save(update_fields=[*offering.facts, "connector"])
    _note("LINK_CHANGED", link, offering, person_id, now)
    return link


def _check_carrier(carrier_id: int) -> None:
    member = Member.objects.filter(pk=carrier_id).first()
    if member is None:
        raise NotFound
    if member.state != "ADMITTED":
        raise NotTrading(state=member.state)
    if "CARRIER" not in member.capabilities:
        raise MissingCapability(capability="CARRIER")


def _note(
    verb: str, link: CarrierLink, offering: LinkOffering, person_id: int | None, now: datetime
) -> None:
    record_deed(
        verb=verb,
        subject=f"link:{link.pk}",
        member_id=link.carrier_id,
        person_id=person_id,
        facts={**offering.facts, "connector": link.connector},
        now=now,
    )
