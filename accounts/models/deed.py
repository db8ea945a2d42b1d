"""Deed: the audit trail. Actions append deeds; one sealer chains them by hash."""

from django.db import models


class Deed(models.Model):
    """Who did what to which thing; append-only, with market and wall time."""

    at_market = models.DateTimeField()
    at_wall = models.DateTimeField(db_default=models.functions.Now())
    actor_person_id = models.BigIntegerField(null=True)
    actor_member_id = models.BigIntegerField(null=True, db_index=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    facts = models.JSONField(default=dict)

    class Meta:
        """In order of writing."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class SealedDeed(models.Model):
    """A deed's place in the chain: hash(n) binds hash(n - 1) and the deed's facts."""

    sequence = models.BigIntegerField(primary_key=True)
    deed = models.OneToOneField(Deed, on_delete=models.PROTECT, related_name="seal")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        """In order of the chain."""

        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"
