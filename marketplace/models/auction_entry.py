"""What members say to a call auction: buyers' orders and sellers' offers."""

from django.db import models

from marketplace.domain.lifecycles import AUCTION_ENTRY

_STATES = sorted(AUCTION_ENTRY.states)
STATES = [(state, state.lower()) for state in _STATES]


class _Entry(models.Model):
    """What orders and offers share. `arrival` numbers both of an auction: priority in time."""

    client_order_id = models.CharField(max_length=64)
    content_hash = models.CharField(
        max_length=64, help_text="sha256: the same id must mean the same"
    )
    arrival = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=STATES, default="ENTERED")
    version = models.PositiveIntegerField(default=1, help_text="rises with each change")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True, help_text="its rows of the outcome")

    class Meta:
        """No table of its own."""

        abstract = True


class AuctionOrder(_Entry):
    """A buyer's order: one bid, or alternatives of which at most one executes.

    `bids` are as docs/auction-format.md has them; their hours count from the auction's first.
    """

    auction = models.ForeignKey(
        "marketplace.Auction", on_delete=models.PROTECT, related_name="orders"
    )
    buyer = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="auction_orders"
    )
    placed_by = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    bids = models.JSONField()
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    budget_micros = models.BigIntegerField(null=True, blank=True, help_text="gross")
    held_micros = models.BigIntegerField(help_text="gross, the dearest alternative's value")
    rolls = models.BooleanField(
        default=False, help_text="rejected, it goes on as an order of the continuous market"
    )
    rolled = models.OneToOneField(
        "marketplace.Order",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rolled_from",
        db_constraint=False,
    )
    roll_refused = models.CharField(max_length=20, blank=True, help_text="code of the refusal")

    class Meta:
        """Sender's own id is used once."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "client_order_id"], name="one_auction_order_a_client_id"
            ),
            models.UniqueConstraint(
                fields=["auction", "arrival"], name="one_auction_order_an_arrival"
            ),
            models.CheckConstraint(
                condition=models.Q(held_micros__gt=0, state__in=_STATES),
                name="auction_order_figures_have_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"A{self.auction_id}-O{self.arrival}"


class AuctionOffer(_Entry):
    """A seller's offer of one pool: a curve of `[ask, devices]` over a window of hours.

    Hours count from the auction's first. With a start-up cost or a least share it is a block.
    """

    auction = models.ForeignKey(
        "marketplace.Auction", on_delete=models.PROTECT, related_name="offers"
    )
    seller = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="auction_offers"
    )
    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="+")
    firmness = models.CharField(max_length=12)
    recall_notice_minutes = models.PositiveIntegerField(null=True, blank=True)
    first_hour = models.PositiveIntegerField()
    hours = models.PositiveIntegerField()
    steps = models.JSONField(help_text="[[ask micros, devices], …], asks rising")
    devices = models.PositiveIntegerField(help_text="of all steps")
    min_devices = models.PositiveIntegerField(default=1)
    start_up_micros = models.BigIntegerField(default=0)
    min_sold_bp = models.PositiveIntegerField(default=0)

    class Meta:
        """Sender's own id is used once."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "client_order_id"], name="one_auction_offer_a_client_id"
            ),
            models.UniqueConstraint(
                fields=["auction", "arrival"], name="one_auction_offer_an_arrival"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    devices__gt=0,
                    hours__gt=0,
                    start_up_micros__gte=0,
                    min_sold_bp__lte=10_000,
                    state__in=_STATES,
                ),
                name="auction_offer_figures_have_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"A{self.auction_id}-S{self.arrival}"
