"""Sessions on pages: opened for a key, entered by what is downloaded, listed with their visits."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from counter.access import acting_of, for_members
from counter.acting import Acting
from counter.downloads import as_download
from counter.paging import page_of
from counter.pictures import StepRow
from counter.problems import sentence_of
from delivery.actions import open_shell
from delivery.actions.jobs import TAKES_JOBS
from delivery.adapters.connectors import keys_with_shells
from delivery.adapters.shell_keys import known_hosts_line
from delivery.domain.jobs import MAX_TIME_LIMIT_S
from delivery.models import Allocation, Job, JobKind, Shell
from delivery.pages.forms import ShellForm
from delivery.pages.readers import readable_delivery
from delivery.pages.words import JOB_STATES
from delivery.queries import shell_of, shells_at
from exchange.refusal import NotPermitted, Refused
from timetable.queries import market_now, wall_now

SHOWN, SESSIONS_A_PAGE, VISITS_A_PAGE = 5, 20, 20
# The form stands beside that of jobs, with fields of the same names.
FIELD_IDS = "session_%s"


@dataclass(frozen=True)
class Reader:
    """What a reader of a delivery may see of its sessions, and do."""

    buys: bool
    sees_who: bool
    opens: bool


def reader_of(acting: Acting, row: Allocation) -> Reader:
    """Return it: who enters is no business of the seller's; the buyer's traders open."""
    buys = row.agreement.buyer_id == acting.member_id
    takes = row.state in TAKES_JOBS and takes_sessions(row)
    return Reader(buys, buys or acting.oversees, buys and acting.may_trade and takes)


def takes_sessions(row: Allocation) -> bool:
    """Tell whether the house has a door for shells, and the delivery's connector gives them."""
    return bool(settings.SSH_DOOR) and row.connector in keys_with_shells()


def sessions_card(acting: Acting, row: Allocation) -> dict[str, Any] | None:
    """Return what a delivery's page shows of sessions; None where there never were nor can be."""
    rows: list[Any] = list(shells_at(row.pk)[:SHOWN])
    if not rows and not takes_sessions(row):
        return None
    reader = reader_of(acting, row)
    for shell in rows:
        shell.shown_state = JOB_STATES[shell.job.state]
    return {
        "rows": rows,
        "reader": reader,
        "form": ShellForm(auto_id=FIELD_IDS) if reader.opens else None,
        "longest_s": MAX_TIME_LIMIT_S,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """List a delivery's sessions with who was in; a POST opens one and shows how to enter it."""
    acting = acting_of(request)
    row = readable_delivery(acting, pk)
    reader = reader_of(acting, row)
    form, status = ShellForm(auto_id=FIELD_IDS), 200
    if request.method == "POST":
        if not reader.buys:
            raise Http404
        form = ShellForm(request.POST, auto_id=FIELD_IDS)
        opened = _opened(acting, row, form)
        if opened is not None:
            return redirect("delivery:job", pk=opened.job_id)
        status = 422
    page = page_of(request, shells_at(row.pk), SESSIONS_A_PAGE)
    for shell in page:
        shell.shown_state = JOB_STATES[shell.job.state]
    context = {"row": row, "page": page, "reader": reader, "longest_s": MAX_TIME_LIMIT_S}
    context["form"] = form if reader.opens or status != 200 else None
    return TemplateResponse(request, "delivery/sessions.html", context, status=status)


def _opened(acting: Acting, row: Allocation, form: ShellForm) -> Shell | None:
    """Open the form's session; None, with the reason in the form, when it is refused."""
    if form.is_valid():
        try:
            return open_shell(
                member_id=acting.member_id or 0,
                person_id=acting.person_id,
                allocation_id=row.pk,
                now=market_now(),
                wall=wall_now(),
                **form.cleaned_data,
            ).shell
        except Refused as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error(field, sentence_of(refusal))
    if "public_key" in form.errors:
        form.forget_key()
    return None


@dataclass(frozen=True)
class WayIn:
    """How a session is entered, as files to save and a command to copy."""

    certificate_name: str
    certificate: str
    known_hosts_name: str
    known_hosts: str
    command: str


def way_into(shell: Shell) -> WayIn | None:
    """Return it; None where the house has no door now, or kept no certificate."""
    if not settings.SSH_DOOR or not shell.certificate:
        return None
    host, _colon, port = settings.SSH_DOOR.rpartition(":")
    certificate, known = f"{shell}-cert.pub", f"{shell}-known_hosts"
    files = f"-o CertificateFile={certificate} -o UserKnownHostsFile={known}"
    return WayIn(
        certificate_name=certificate,
        certificate=f"{shell.certificate}\n",
        known_hosts_name=known,
        known_hosts=f"{known_hosts_line(settings.SSH_DOOR)}\n",
        command=f"ssh -i key {files} -p {port} {shell}@{host}",
    )


def session_of_page(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what a job's page shows of a session; nothing for another job."""
    shell = shell_of(job.buyer_id, job.pk) if job.kind == JobKind.SESSION else None
    if shell is None:
        return {}
    over = shell.certificate_until <= wall_now()
    enters = acting_of(request).may_trade and job.state in {"QUEUED", "RUNNING"} and not over
    session = {
        "shell": shell,
        "over": over,
        "way": way_into(shell) if enters else None,
        "steps": _steps(job.state),
        "waits": job.state == "QUEUED",
        "visits": page_of(request, shell.visits.all(), VISITS_A_PAGE),
    }
    return {"session": session}


def _steps(state: str) -> list[StepRow]:
    runs = state == "RUNNING"
    begins = _("it runs") if runs else _("when its devices are free")
    return [
        StepRow("done" if runs else "now", _("The session starts"), begins),
        StepRow("now" if runs else "next", _("Save both files"), _("beside your private key")),
        StepRow("now" if runs else "next", _("Run the command"), _("in the same folder")),
    ]


@require_safe
@for_members()
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the certificate of a session, to be saved beside the key."""
    way = _own_way(request, pk)
    return as_download(way.certificate_name, way.certificate.encode())


@require_safe
@for_members()
def known_hosts(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the line by which the door is known, to be saved beside the key."""
    way = _own_way(request, pk)
    return as_download(way.known_hosts_name, way.known_hosts.encode())


def _own_way(request: HttpRequest, pk: int) -> WayIn:
    acting = acting_of(request)
    shell = shell_of(acting.member_id or 0, pk)
    way = way_into(shell) if shell else None
    if way is None:
        raise Http404
    if not acting.may_trade:
        raise NotPermitted
    return way
