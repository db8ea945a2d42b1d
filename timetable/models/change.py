"""What has changed since the market last looked: a note a statement, taken when it is read."""

from django.db import models


class FactChange(models.Model):
    """Some row that the market reads was written; `kind` says of which sort.

    Written by triggers in the transaction that changes the fact, deleted by the market in the
    transaction that acts on it: a fact can be neither missed nor seen before it is committed.
    """

    kind = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.kind
