"""Checkpoints: a balance as of a line, append-only, recomputable, proved by prove_books."""

from django.db import models


class Checkpoint(models.Model):
    """The account's balance over all its lines up to and including `line_id`."""

    account = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    line_id = models.BigIntegerField()
    balance_micros = models.BigIntegerField()

    class Meta:
        """One checkpoint an account and line."""

        constraints = [
            models.UniqueConstraint(fields=["account", "line_id"], name="one_checkpoint_a_line")
        ]

    def __str__(self) -> str:
        return f"{self.account_id}@{self.line_id}: {self.balance_micros}"
