"""The market's journal: everything that was said to the book, batch by batch, chained."""

from django.db import models


class JournalBatch(models.Model):
    """Commands that one commit carried: `chain` binds them, their events and what came before.

    Replaying all batches from a snapshot gives the same chain, or somebody changed history.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(help_text="market time")
    wall_at = models.DateTimeField()
    epoch = models.BigIntegerField()
    last_number = models.BigIntegerField(help_text="of the market's events, after this batch")
    commands = models.TextField(help_text="one JSON object a line, as `manage.py replay` reads")
    chain = models.CharField(max_length=64)

    class Meta:
        """In order."""

        ordering = ["number"]

    def __str__(self) -> str:
        return f"J{self.number}"


class BookSnapshot(models.Model):
    """All of the book as it stood after a journal batch: where a replay of a day begins."""

    journal = models.BigIntegerField(unique=True)
    day = models.DateField(unique=True, help_text="delivery day that begins with it")
    taken_at = models.DateTimeField(help_text="market time")
    digest = models.CharField(max_length=64)
    state = models.BinaryField(help_text="zlib of JSON")

    class Meta:
        """Newest first."""

        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"


class CommandRecord(models.Model):
    """The answer to a cancel or replace that carried its sender's own id: sent twice, done once."""

    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    client_id = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    answered_at = models.DateTimeField(help_text="market time")

    class Meta:
        """An id means one thing."""

        constraints = [
            models.UniqueConstraint(fields=["member", "client_id"], name="one_answer_a_command")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.client_id}"
