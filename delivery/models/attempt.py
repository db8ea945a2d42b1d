"""Attempts: tries, lease and fence per key, which bound poison."""

from django.db import models


class Attempt(models.Model):
    """Work on `key` (`provision:17`): claimed by lease (wall time), fenced by number.

    `session` names the database session of the worker that claimed: with it the claim ends.
    """

    key = models.CharField(max_length=80, unique=True)
    tries = models.PositiveIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    session = models.CharField(max_length=60, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=400, blank=True)
    dead = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key
