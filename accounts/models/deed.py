"""Deed: the audit trail. Actions append deeds; one sealer chains them by hash."""

from django.db import models
from django.db.models.functions import Now


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row."""

    template = "pg_current_xact_id()::text::bigint"
    arity = 0
    output_field = models.BigIntegerField()


class Deed(models.Model):
    """Who did what to which thing; append-only, with market and wall time."""

    at_market = models.DateTimeField()
    at_wall = models.DateTimeField(db_default=Now())
    actor_person_id = models.BigIntegerField(null=True)
    actor_member_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    # The sealer waits until no transaction as old as this one is running.
    xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        """In order of writing."""

        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject"], name="deeds_about_a_subject"),
            models.Index(fields=["actor_member_id", "-id"], name="newest_deeds_of_a_member"),
        ]

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


class Seal(models.Model):
    """One run of the sealer: how far the chain reached, so that a cut tail is missed."""

    last_sequence = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        """Newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"to {self.last_sequence} {self.hash[:12]}"


class DailyHead(models.Model):
    """The chain's head at the end of a delivery day, published for anyone to keep."""

    delivery_day = models.DateField(unique=True)
    last_sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        """Newest day first."""

        ordering = ["-delivery_day"]

    def __str__(self) -> str:
        return f"{self.delivery_day} {self.hash[:12]}"
