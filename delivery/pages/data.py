"""Data of a delivery on its page: what there is, how far it is, and the form for more."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from counter.access import acting_of, for_members
from counter.acting import Acting
from delivery.actions import stage_again, upload_whole, withdraw_dataset
from delivery.adapters.connectors import takes_data
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.data import MAX_BYTES_A_DELIVERY, MEBIBYTE, percent_of
from delivery.domain.data_lifecycle import DATASET_LIFECYCLE
from delivery.domain.data_refusals import DataShapeRefused
from delivery.models import Allocation, DataFile, Dataset
from delivery.pages.readers import readable_delivery
from delivery.pages.words import StateWords
from delivery.queries.data import datasets_of, measured
from timetable.queries import market_now

STATES = {
    "ANNOUNCED": StateWords("", "clock", gettext_lazy("Announced")),
    "UPLOADING": StateWords("now", "clock", gettext_lazy("Being sent")),
    "UPLOADED": StateWords("now", "check", gettext_lazy("Sent, waits for the site")),
    "STAGING": StateWords("now", "clock", gettext_lazy("On its way to the site")),
    "STAGED": StateWords("ok", "check", gettext_lazy("At the site")),
    "FAILED": StateWords("danger", "x", gettext_lazy("Did not come to the site")),
    "CLEARED": StateWords("", "x", gettext_lazy("No longer kept")),
}
BY_NAME = Prefetch("files", DataFile.objects.order_by("name"))
MOVES_BY_ITSELF = {"UPLOADING", "UPLOADED", "STAGING"}


class ManyFiles(forms.ClearableFileInput):
    """An input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return every file, each cleaned as one."""
        given = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]


class DataForm(forms.Form):
    """A name, and the files below it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    content = FilesField(label=gettext_lazy("Files"))


@dataclass(frozen=True)
class DataCard:
    """What the card shows. `cannot`: the connector takes no data, and the page says so."""

    row: Allocation
    datasets: list[Any]
    buys: bool
    takes: bool
    cannot: bool
    live: bool
    form: DataForm
    most_mb: int = MAX_BYTES_A_DELIVERY // MEBIBYTE


def data_card(acting: Acting, row: Allocation) -> DataCard | None:
    """Return the card for the delivery's buyer and those who oversee; what it is, is no others'."""
    buys = row.agreement.buyer_id == acting.member_id
    if not (buys or acting.oversees):
        return None
    able, over = takes_data(row.connector), row.state in ALLOCATION_LIFECYCLE.ends
    found: list[Any] = list(
        measured(Dataset.objects.filter(allocation=row)).order_by("name").prefetch_related(BY_NAME)
    )
    for one in found:
        one.words = STATES[one.state]
        one.why = _(one.reason) if one.reason else ""
        one.sent_percent = percent_of(one.uploaded_bytes, one.size_bytes)
        one.staged_percent = percent_of(one.staged_bytes, one.size_bytes)
        one.may_be_withdrawn = DATASET_LIFECYCLE.may(one.state, "CLEARED")
        one.shown_files = list(one.files.all())
    return DataCard(
        row=row,
        datasets=found,
        buys=buys,
        takes=buys and able and not over and acting.may_trade,
        cannot=not able,
        live=not over and any(one.state in MOVES_BY_ITSELF for one in found),
        form=DataForm(auto_id="data_%s"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def data(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the part that grows; a POST takes files and shows the delivery again."""
    acting = acting_of(request)
    row = readable_delivery(acting, pk)
    if request.method == "POST":
        _take(request, acting, pk)
    card = data_card(acting, row)
    if card is None:
        raise Http404
    if request.method != "POST" and request.headers.get("HX-Request"):
        context = {"data": card, "row": row}
        return TemplateResponse(request, "delivery/_data_rows.html", context)
    return _back(pk)


def _take(request: HttpRequest, acting: Acting, pk: int) -> None:
    """Keep the form's files; what is wrong with the form is refused by its own words."""
    form = DataForm(request.POST, request.FILES)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise DataShapeRefused(field=field, detail=str(errors[0]).rstrip(".。"))
    upload_whole(
        member_id=acting.member_id or 0,
        person_id=acting.person_id,
        allocation_id=pk,
        name=form.cleaned_data["name"],
        files=[(file.name, file) for file in form.cleaned_data["content"]],
        now=market_now(),
    )


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('delivery:delivery', args=[pk])}#data")


def _allocation_of(request: HttpRequest, pk: int) -> int:
    found = datasets_of(acting_of(request).member_id or 0).filter(pk=pk)
    allocation_id = found.values_list("allocation_id", flat=True).first()
    if allocation_id is None:
        raise Http404
    return allocation_id


@require_POST
@for_members(writes=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop a dataset and show its delivery again."""
    acting, allocation_id = acting_of(request), _allocation_of(request, pk)
    withdraw_dataset(
        member_id=acting.member_id or 0,
        person_id=acting.person_id,
        dataset_id=pk,
        now=market_now(),
    )
    return _back(allocation_id)


@require_POST
@for_members(writes=True)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a dataset brought anew and show its delivery again."""
    allocation_id = _allocation_of(request, pk)
    stage_again(member_id=acting_of(request).member_id or 0, dataset_id=pk, now=market_now())
    return _back(allocation_id)
