"""Call auctions: their gates, the frozen book, and what the clearing said of it."""

from django.db import models

from marketplace.domain.lifecycles import AUCTION


class Auction(models.Model):
    """One call auction over consecutive hours. All its times are market times.

    The end is drawn between `ends_from` and `ends_by` from a secret seed. Its sha256 is public
    from the moment of the drawing, the seed itself once the book is frozen.
    """

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(
        max_length=10, choices=[("DAY_AHEAD", "day-ahead"), ("WEEKLY", "weekly")]
    )
    starts_at = models.DateTimeField(help_text="of the first hour")
    hours = models.PositiveIntegerField()
    opens_at = models.DateTimeField()
    no_cancel_at = models.DateTimeField(help_text="from here on entries may only be improved")
    ends_from = models.DateTimeField(help_text="the earliest random end")
    ends_by = models.DateTimeField(help_text="the latest random end: the gate")
    results_by = models.DateTimeField()
    vat_bp = models.PositiveIntegerField(help_text="frozen when it was opened")
    price_most_micros = models.BigIntegerField(help_text="the highest price of a cell")
    state = models.CharField(
        max_length=10, choices=[(s, s.lower()) for s in sorted(AUCTION.states)], default="OPEN"
    )
    last_arrival = models.PositiveIntegerField(default=0)
    seed = models.CharField(max_length=64, blank=True, help_text="secret until the book is frozen")
    seed_sha256 = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="the random end")
    frozen_at = models.DateTimeField(null=True, blank=True)
    book_sha256 = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=6, blank=True, help_text="that gave the outcome")

    class Meta:
        """Gates stand in their order; one auction of a kind opens with an hour."""

        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "starts_at"], name="one_auction_a_kind_and_hour"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    hours__gt=0,
                    opens_at__lt=models.F("no_cancel_at"),
                    no_cancel_at__lte=models.F("ends_from"),
                    ends_from__lt=models.F("ends_by"),
                    ends_by__lt=models.F("results_by"),
                    results_by__lte=models.F("starts_at"),
                ),
                name="auction_gates_stand_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(AUCTION.states)), name="auction_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["OPEN"], seed="", ended_at=None)
                | models.Q(state="CANCELLED")
                | (~models.Q(state="OPEN") & ~models.Q(seed="") & models.Q(ended_at__isnull=False)),
                name="auction_end_is_drawn_once_improving",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["OPEN", "NO_CANCEL", "CANCELLED"], book_sha256="")
                | (
                    ~models.Q(state__in=["OPEN", "NO_CANCEL", "CANCELLED"])
                    & ~models.Q(book_sha256="")
                    & models.Q(frozen_at__isnull=False)
                ),
                name="auction_is_cleared_from_a_frozen_book",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_by"],
                condition=models.Q(state__in=["OPEN", "NO_CANCEL", "CLEARING"]),
                name="auctions_under_way",
            )
        ]

    def __str__(self) -> str:
        return self.code


class AuctionFile(models.Model):
    """A file of the auction's bundle as it was frozen or published: written once."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=40, help_text="book.json, outcome.json, …")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        """One file a name."""

        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "name"], name="one_auction_file_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.auction_id} {self.name}"


class AuctionSalt(models.Model):
    """A member's salt and commitment in one auction: told to that member alone."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="salts")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    salt = models.CharField(max_length=64)
    participant = models.PositiveIntegerField()
    commitment = models.CharField(max_length=64)

    class Meta:
        """One a member."""

        constraints = [
            models.UniqueConstraint(fields=["auction", "member"], name="one_salt_a_member"),
            models.UniqueConstraint(fields=["auction", "participant"], name="one_participant"),
        ]

    def __str__(self) -> str:
        return f"{self.auction_id} participant {self.participant}"


class AuctionRun(models.Model):
    """One attempt to clear a frozen book by one method, and how far it is. Its times are wall
    times: it may be late however fast the market's clock runs."""

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="runs")
    method = models.CharField(max_length=6)
    state = models.CharField(
        max_length=8,
        choices=[("RUNNING", "running"), ("DONE", "done"), ("FAILED", "failed")],
        default="RUNNING",
    )
    phase = models.CharField(max_length=12, blank=True)
    done_bp = models.PositiveIntegerField(default=0, help_text="of the phase")
    welfare_micros = models.BigIntegerField(null=True, blank=True)
    bound_micros = models.BigIntegerField(null=True, blank=True)
    fault = models.CharField(max_length=400, blank=True, help_text="why another method was taken")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        """Each method is tried once; a run that a dead worker left is taken up again."""

        ordering = ["auction", "id"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "method"], name="one_run_a_method"),
            models.CheckConstraint(
                condition=models.Q(state="FAILED", fault__gt="")
                | (~models.Q(state="FAILED") & models.Q(fault="")),
                name="failed_run_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.auction_id} {self.method} {self.state}"
