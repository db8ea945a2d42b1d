"""Public keys of sites: what a batch's signature is checked against."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from delivery.models import SiteKey
from exchange.refusal import NotFound, Refused
from marketplace.models import Site


class KeyRefused(Refused):
    """The text is not an Ed25519 public key in hex, or another site's."""

    code = "E-READING-05"
    field = "public_key"
    sentence = "This is not a public key that the site can use."


@transaction.atomic
def register_site_key(
    *, member_id: int, site_id: int, public_key: str, person_id: int | None = None, now: datetime
) -> SiteKey:
    """Let the site's owner sign readings with a key (32 bytes in hex).

    Refuses sites of others with NotFound, and malformed or foreign keys with KeyRefused.
    """
    if not Site.objects.filter(pk=site_id, owner_id=member_id).exists():
        raise NotFound
    if len(public_key) != 64 or not set(public_key) <= set("0123456789abcdef"):
        raise KeyRefused
    key, _created = SiteKey.objects.get_or_create(
        public_key=public_key, defaults={"site_id": site_id, "valid_from": now}
    )
    if key.site_id != site_id or key.revoked_at is not None:
        raise KeyRefused
    record_deed(
        verb="SITE_KEY_REGISTERED",
        subject=f"site:{site_id}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={"public_key": public_key},
    )
    return key


@transaction.atomic
def revoke_site_key(
    *, member_id: int, key_id: int, person_id: int | None = None, now: datetime
) -> SiteKey:
    """End a key: batches signed with it are refused from now on. NotFound for others' keys."""
    key = SiteKey.objects.select_for_update().filter(pk=key_id, site__owner_id=member_id).first()
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        record_deed(
            verb="SITE_KEY_REVOKED",
            subject=f"site:{key.site_id}",
            now=now,
            member_id=member_id,
            person_id=person_id,
            facts={"public_key": key.public_key},
        )
    return key


def key_of_house(site_id: int, public_key: str, now: datetime) -> int | None:
    """Return the row's id of a key that this house keeps for a site; None when it was revoked."""
    key, _created = SiteKey.objects.get_or_create(
        public_key=public_key, defaults={"site_id": site_id, "valid_from": now}
    )
    return None if key.revoked_at or key.site_id != site_id else key.pk
