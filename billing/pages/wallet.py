"""The wallet, the statement and the rates."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.adapters.tables import csv_bytes, yuan_text
from billing.domain.rating import RUNS
from billing.pages.words import ACCOUNTS, PAYMENTS, shown
from billing.queries import deposits_of, owed_to, spent_since, withdrawable_fen, withdrawals_of
from counter.access import acting_of, for_members
from exchange.units import MICROS_PER_FEN
from ledger.domain.funds import StatementLine
from ledger.queries import funds_of, rate_rules, statement_of
from timetable.queries import market_now

ROWS, CSV_ROWS, NEWEST = 50, 10_000, 8
DAY_HOURS = 24


@require_safe
@for_members()
def wallet(request: HttpRequest) -> HttpResponse:
    """Show what the member has, what is held, what it is owed, and the newest lines."""
    acting, now = acting_of(request), market_now()
    member_id = acting.member_id or 0
    funds = funds_of(member_id)
    spent = spent_since(member_id, now - timedelta(hours=DAY_HOURS))
    return TemplateResponse(
        request,
        "billing/wallet.html",
        {
            "funds": funds,
            "owed_micros": owed_to(member_id),
            "hours_left": funds.available_micros * DAY_HOURS // spent if spent else None,
            "spent_per_hour_micros": spent // DAY_HOURS,
            "withdrawable_micros": withdrawable_fen(member_id) * MICROS_PER_FEN,
            "lines": [shown(line) for line in statement_of(member_id, limit=NEWEST)],
            "payments": _newest_payments(member_id),
            "may_trade": acting.may_trade,
        },
    )


def _newest_payments(member_id: int) -> list[dict[str, object]]:
    rows = [
        *({"row": row, "what": _("Deposit")} for row in deposits_of(member_id)[:NEWEST]),
        *({"row": row, "what": _("Withdrawal")} for row in withdrawals_of(member_id)[:NEWEST]),
    ]
    rows.sort(key=lambda item: item["row"].asked_at, reverse=True)  # type: ignore[attr-defined]
    for item in rows:
        item["tag"] = PAYMENTS[item["row"].state]  # type: ignore[attr-defined]
    return rows[:NEWEST]


@require_safe
@for_members()
def statement(request: HttpRequest) -> HttpResponse:
    """List the member's lines, newest first; `?before=` goes back.

    `?account=`, `?agreement=` and `?run=` narrow it.
    """
    member_id = acting_of(request).member_id or 0
    account = request.GET.get("account", "TRADING")
    account = account if account in ACCOUNTS else "TRADING"
    before = request.GET.get("before", "")
    before_id = int(before) if before.isdecimal() and len(before) < 19 else None
    wanted = {name: request.GET.get(name, "").strip()[:40] for name in ("agreement", "run")}
    facts = {name: value for name, value in wanted.items() if value}
    as_csv = request.GET.get("format") == "csv"
    lines = statement_of(
        member_id,
        limit=CSV_ROWS if as_csv else ROWS + 1,
        account_kinds=(account,),
        before_id=before_id,
        facts=facts,
    )
    if as_csv:
        return _as_csv(lines, f"statement-{account.lower()}.csv")
    return TemplateResponse(
        request,
        "billing/statement.html",
        {
            "lines": [shown(line) for line in lines[:ROWS]],
            "older": lines[ROWS - 1].id if len(lines) > ROWS else None,
            "paged": before_id is not None,
            "account": account,
            "wanted": wanted,
            "runs": RUNS,
            "accounts": [
                (text, "?" + urlencode({"account": kind, **facts}), kind == account)
                for kind, text in ACCOUNTS.items()
            ],
        },
    )


def _as_csv(lines: list[StatementLine], name: str) -> HttpResponse:
    head = ("line", "booked_at", "posting", "about", "run", "amount_cny", "balance_cny")
    rows = (
        (
            one.line.id,
            one.line.booked_at.isoformat(),
            one.line.kind,
            one.about,
            one.run,
            yuan_text(one.line.amount_micros),
            yuan_text(one.line.balance_micros),
        )
        for one in map(shown, lines)
    )
    response = HttpResponse(csv_bytes(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@for_members()
def rates(request: HttpRequest) -> HttpResponse:
    """Show fees and taxes as dated rows."""
    now = market_now()
    rules = rate_rules()
    return TemplateResponse(request, "billing/rates.html", {"rules": rules, "now": now})
