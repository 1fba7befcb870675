"""A month of pay of Ana: a plan, a credit of her deal, a posted run, the statement she was sent, and her dispute."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils import timezone

from compensation import services
from compensation.models import Dispute, LedgerEntry, PayRun, PlanVersion, Statement
from compensation.services.crediting import CreditRow, keep_credits
from core.models import Attachment
from people.models import Person
from tests.small_company import SINCE

FIRST = date(2024, 1, 1)
PLAN = {
    "plan": "AE paid", "currency": "USD", "valid_from": "2024-01-01", "measures": {"bookings": {"over": "year"}},
    "components": {"commission": {"measure": "bookings", "pays": {"rate": "10%"}}},
}  # fmt: skip


def pay_month(person: Person, deal: Any, users: dict[str, Any]) -> dict[str, Any]:
    """Records by the parameter that names them in addresses."""
    keeper, at = users["comp_admin"], timezone.now()
    version = services.create_plan(name="", definition=PLAN, by=keeper)
    PlanVersion.objects.filter(pk=version.pk).update(state="published")
    services.assign(plan=version.plan, person=person, valid_from=SINCE, by=keeper)
    payee = services.payee_of(person)
    credit = CreditRow(payee.pk, date(2024, 1, 10), "bookings", "T-1", 100000, 100000, "USD", deal_id=deal.pk)
    keep_credits(plan_id=version.plan_id, rows=[credit], among=Q(), why="test")
    run = posted(users, at)
    PayRun.objects.filter(pk=run.pk).update(released_at=at)
    statement = Statement.objects.get(payee=payee, period=run.period)
    line = LedgerEntry.objects.get(run=run, stage=1)
    dispute = Dispute(payee=payee, period=run.period, line_id=line.pk, credit_id=line.credit_id, title="Ana's dispute")
    services.raise_dispute(dispute=dispute, text="Why", by=users["owner"], at=at, on=at.date())
    return {
        "statement_id": statement, "payee_id": payee, "month_id": run.period, "line_id": line, "dispute_id": dispute,
        "dispute.attachment_id": _file(dispute),
    }  # fmt: skip


def posted(users: dict[str, Any], at: datetime) -> PayRun:
    (period,) = services.open_periods(first=FIRST, last=FIRST)
    run = services.start_run(period_id=period.pk, by=users["comp_admin"])
    run = services.calculate_run(pay_run_id=run.pk)
    services.submit_run(run=run, by=users["comp_admin"])
    for person in ("finance", "executive"):
        services.approve_run(run=run, by=users[person], at=at)
    return services.post_run(run=run, by=users["comp_admin"], at=at)


def _file(dispute: Dispute) -> Attachment:
    return Attachment.objects.create(
        record_kind="dispute", record_id=dispute.pk, name="Ana's file.txt", content_type="text/plain", size_bytes=4,
        sha256="0" * 64, uploaded_by_label="Ana", file=ContentFile(b"text", name="x"),
    )  # fmt: skip
