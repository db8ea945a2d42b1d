"""Proofs of one trade's life, computed anew from what is stored."""

from dataclasses import dataclass

from contracts.queries import read_terms
from delivery.domain.chain import genesis, link
from delivery.domain.metering import QuarterReading
from delivery.domain.naming import base_name
from desk.queries.trail import Trail


@dataclass(frozen=True)
class Proof:
    """One thing that was recomputed: whether it holds, and over how many parts."""

    code: str
    holds: bool
    parts: int


def proofs_of(trail: Trail) -> list[Proof]:
    """Return the proofs that the trade's present state allows."""
    found = []
    if trail.version is not None:
        found.append(_terms(trail))
        found.append(_signatures(trail))
    if trail.readings:
        found.append(_chain(trail))
    if trail.settlements:
        found.append(_settled_once(trail))
    if trail.money:
        found.append(
            Proof("MONEY", sum(amount for _, amount in trail.money) == 0, len(trail.money))
        )
    return found


def _terms(trail: Trail) -> Proof:
    version = trail.version
    holds = version is not None and read_terms(version.terms).sha256 == version.terms_sha256
    return Proof("TERMS", holds, 1)


def _signatures(trail: Trail) -> Proof:
    signed = {row.signed_sha256 for row in trail.signatures}
    wanted = {trail.version.terms_sha256} if trail.version else set()
    return Proof("SIGNATURES", signed <= wanted, len(trail.signatures))


def _chain(trail: Trail) -> Proof:
    """Recompute every hash of the meter's chain from its first reading."""
    head = genesis(base_name(trail.agreement.number)) if trail.agreement else ""
    holds = True
    for place, row in enumerate(trail.readings, start=1):
        reading = QuarterReading(
            interval_start=row.interval_start,
            delivered_device_seconds=row.delivered_device_seconds,
            unhealthy_device_seconds=row.unhealthy_device_seconds,
            version=row.version,
            quality=row.quality,
        )
        expected = link(head, place, reading)
        holds = holds and row.sequence == place and row.hash == expected
        head = row.hash
    return Proof("READINGS", holds, len(trail.readings))


def _settled_once(trail: Trail) -> Proof:
    settled = [(row.hour_start, row.run) for row in trail.settlements]
    sealed = {(row.hour_start, row.run) for row in trail.seals}
    return Proof(
        "SETTLED", len(settled) == len(set(settled)) and set(settled) <= sealed, len(settled)
    )
