"""Data for jobs: datasets of a delivery, their files, and the pieces kept until it ends."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from delivery.domain.data import MAX_FILE_BYTES, PIECE_BYTES


class DatasetState(models.TextChoices):
    """Where a dataset stands; the moves are in `delivery.domain.data_lifecycle`."""

    ANNOUNCED = "ANNOUNCED"
    UPLOADING = "UPLOADING"
    UPLOADED = "UPLOADED"
    STAGING = "STAGING"
    STAGED = "STAGED"
    FAILED = "FAILED"
    CLEARED = "CLEARED"


class Dataset(models.Model):
    """Files that jobs of a delivery read under one name.

    `generation` is the hand-over that it is staged to; `round` counts the beginnings: what an
    earlier one still writes is fenced off.
    """

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="datasets"
    )
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=DatasetState, default=DatasetState.ANNOUNCED)
    state_since = models.DateTimeField(help_text="market time")
    reason = models.CharField(max_length=200, blank=True)
    generation = models.PositiveIntegerField(null=True, blank=True)
    round = models.PositiveIntegerField(default=1)
    registered_at = models.DateTimeField(help_text="market time")

    class Meta:
        """One dataset a name; what is at a site says at which hand-over; what failed says why."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["allocation", "name"], name="one_dataset_a_name"),
            models.CheckConstraint(
                condition=Q(state__in=DatasetState.values), name="dataset_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["STAGING", "STAGED", "FAILED"])
                | Q(generation__isnull=False),
                name="dataset_at_a_site_says_where",
            ),
            models.CheckConstraint(
                condition=~Q(state="FAILED") | ~Q(reason=""), name="failed_dataset_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=~Q(state="CLEARED"), name="datasets_kept"),
        ]

    def __str__(self) -> str:
        return self.name


class DataFile(models.Model):
    """One file of a dataset, and how many of its bytes are here and at the site."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_bytes = models.PositiveIntegerField(default=0)
    staged_bytes = models.PositiveIntegerField(default=0)
    is_whole = models.BooleanField(default=False, help_text="all bytes are here, as announced")

    class Meta:
        """No file has more than it announced."""

        ordering = ["dataset", "name"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="one_data_file_a_name"),
            models.CheckConstraint(
                condition=Q(size_bytes__gte=1, size_bytes__lte=MAX_FILE_BYTES),
                name="data_file_is_bounded",
            ),
            models.CheckConstraint(
                condition=Q(uploaded_bytes__lte=F("size_bytes"), staged_bytes__lte=F("size_bytes")),
                name="data_file_is_no_longer_than_announced",
            ),
            models.CheckConstraint(
                condition=Q(is_whole=False) | Q(uploaded_bytes=F("size_bytes")),
                name="whole_data_file_has_all_bytes",
            ),
            models.CheckConstraint(
                condition=Q(staged_bytes=0) | Q(is_whole=True), name="staged_data_file_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DataPiece(models.Model):
    """A stretch of a file's bytes, kept until the delivery has ended."""

    file = models.ForeignKey(DataFile, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField(help_text="counted from nought")
    content = models.BinaryField()

    class Meta:
        """One piece a number, and none longer than a piece."""

        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_data_piece_a_number"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), PIECE_BYTES),
                name="data_piece_is_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}#{self.number}"
