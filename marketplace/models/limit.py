"""Order-entry limits: the last line against a wrong finger or a runaway program."""

from django.db import models


class TradingLimit(models.Model):
    """Bounds of a member, or of everybody without limits of their own (member null).

    Null is no limit. Gross micros for orders, net for listings.
    """

    member = models.OneToOneField(
        "accounts.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    most_order_micros = models.BigIntegerField(null=True, blank=True)
    most_order_devices = models.BigIntegerField(null=True, blank=True)
    most_open_micros = models.BigIntegerField(null=True, blank=True)
    most_messages = models.PositiveIntegerField(null=True, blank=True, help_text="per second")

    class Meta:
        """One row for everybody; limits are of something."""

        constraints = [
            models.UniqueConstraint(
                fields=["member"], nulls_distinct=False, name="one_trading_limit_a_member"
            ),
            models.CheckConstraint(
                condition=(models.Q(most_order_micros=None) | models.Q(most_order_micros__gt=0))
                & (models.Q(most_order_devices=None) | models.Q(most_order_devices__gt=0))
                & (models.Q(most_open_micros=None) | models.Q(most_open_micros__gt=0))
                & (models.Q(most_messages=None) | models.Q(most_messages__gt=0)),
                name="trading_limit_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"limit of {self.member_id or 'everybody'}"
