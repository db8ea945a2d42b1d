"""Attempts: tries per key, which bound poison."""

from django.db import models


class Attempt(models.Model):
    """Work on `key` (`settle:17`) that failed: when it may be tried again (wall time)."""

    key = models.CharField(max_length=80, unique=True)
    tries = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=400)

    def __str__(self) -> str:
        return f"{self.key}: {self.tries}"
