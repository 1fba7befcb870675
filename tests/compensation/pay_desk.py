"""What comp admins enter in these tests: a plan with tiers, who is on it, quotas, credits, and runs of its months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from compensation import services
from compensation.enums import Stage
from compensation.models import LedgerEntry, PayPeriod, PayRun, Plan, PlanVersion, RunLine, Statement
from compensation.selectors.exceptions import exceptions_of
from compensation.selectors.plan_checks import judged_findings, was_paid_on
from compensation.services.crediting import CreditRow, keep_credits
from core.models import FiscalPeriod
from core.selectors import the_company
from core.services import lay_out_periods
from people.enums import Role
from people.models import Person, User
from people.services import create_user
from quotas.enums import HolderKind
from quotas.models import Target
from quotas.services import set_target
from tests.small_company import SINCE, SmallCompany

NOW = datetime(2024, 8, 15, 12, tzinfo=UTC)
TIERS = {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]}


def definition(**changes: Any) -> dict[str, Any]:
    """Ten percent up to the year's quota, twenty above."""
    plan = {"plan": "AE 2024", "currency": "USD", "valid_from": "2024-01-01", "valid_to": "2025-01-01"}
    parts = {
        "measures": {"bookings": {"over": "year"}},
        "components": {"commission": {"measure": "bookings", "pays": TIERS}},
    }
    return plan | parts | changes


@dataclass(frozen=True, slots=True)
class PayDesk:
    company: SmallCompany
    admin: User
    second: User
    finance: User
    run_jobs: Callable[[], list[str]]

    @property
    def ana(self) -> Person:
        return self.company.rep.person

    def plan(self, *, people: Sequence[Person] = (), **changes: Any) -> PlanVersion:
        """A published plan, with people on it from its first day: Ana unless said otherwise."""
        version = services.create_plan(name="", definition=definition(**changes), by=self.admin)
        version = self.published(version)
        for person in people or [self.ana]:
            self.assign(version.plan, person, version.valid_from)
        return version

    def published(self, version: PlanVersion) -> PlanVersion:
        """A draft through the gate: warnings accepted, closed months replayed, a second person's yes."""
        for one in judged_findings(version):
            if one.is_open:
                told = {"code": one.finding.code, "place": one.finding.place, "message": one.finding.message}
                version = services.acknowledge_warning(version=version, reason="Meant", by=self.admin, at=NOW, **told)
        if was_paid_on(version):
            services.start_replay(version=version, by=self.admin)
            self.run_jobs()
        version = services.submit_version(version=version, by=self.admin, at=NOW)
        return services.publish_version(version=version, by=self.second, at=NOW)

    def assign(self, plan: Plan, person: Person, since: date = SINCE, **more: Any) -> Any:
        return services.assign(plan=plan, person=person, valid_from=since, by=self.admin, **more)

    def quota(self, amount: str = "10000", *, person: Person | None = None, period: str = "2024") -> Target:
        if not FiscalPeriod.objects.exists():
            lay_out_periods(company=the_company(), first=2023, last=2026)
        row = FiscalPeriod.objects.get(key=period)
        target = Target(
            period=row, holder_kind=HolderKind.PERSON, holder_id=(person or self.ana).pk, amount=Decimal(amount),
            currency_id="USD",
        )  # fmt: skip
        return set_target(target=target, by=self.company.ops.user, on=SINCE)

    def credit(self, key: str, amount: str, on: str, *, person: Person | None = None, **more: Any) -> CreditRow:
        minor = int(Decimal(amount) * 100)
        payee = services.payee_of(person or self.ana)
        day = date.fromisoformat(on)
        given: dict[str, Any] = {"kind": "bookings", "quota_minor": minor, "pay_minor": minor, "currency": "USD"}
        return CreditRow(payee_id=payee.pk, on=day, key=key, **given | more)

    def keep(self, version: PlanVersion, *rows: CreditRow, among: Q | None = None) -> Any:
        """These credits, and no others of the plan unless `among` says which."""
        found = Q() if among is None else among
        return keep_credits(plan_id=version.plan_id, rows=rows, among=found, why="test")

    def add(self, version: PlanVersion, *rows: CreditRow) -> Any:
        return self.keep(version, *rows, among=Q(key__in=[row.key for row in rows]))

    def month(self, day: str) -> PayPeriod:
        first = date.fromisoformat(f"{day}-01")
        return services.open_periods(first=first, last=first)[0]

    def calculated(self, month: str) -> PayRun:
        run = services.start_run(period_id=self.month(month).pk, by=self.admin)
        self.run_jobs()
        run.refresh_from_db()
        return run

    def confirmed(self, run: PayRun) -> PayRun:
        """Whatever stands out and blocks is taken for right."""
        for found in exceptions_of(run).blocking:
            services.confirm_exception(run=run, found=found, reason="As it should be", by=self.admin)
        return run

    def approved(self, run: PayRun) -> PayRun:
        services.submit_run(run=self.confirmed(run), by=self.admin)
        for user in (self.second, self.finance):
            services.approve_run(run=run, by=user, at=NOW)
        return run

    def closed(self, month: str) -> PayRun:
        return self.closed_run(self.calculated(month))

    def closed_run(self, run: PayRun) -> PayRun:
        return services.post_run(run=self.approved(run), by=self.admin, at=NOW)


def desk_of(company: SmallCompany, run_jobs: Callable[[], list[str]]) -> PayDesk:
    def login(name: str, role: Role) -> User:
        email = f"{name}@example.com"
        known = User.objects.filter(email=email).first()
        return known or create_user(email=email, password=None, roles=[role], by=None, on=SINCE)

    return PayDesk(
        company, login("cora", Role.COMP_ADMIN), login("carl", Role.COMP_ADMIN), login("fina", Role.FINANCE), run_jobs
    )


def said(rows: Any) -> list[tuple[str, str, str, int]]:
    """(component, stage, day it was earned in, amount) of lines, in their order."""
    return [
        (row.component.key, Stage(row.stage).name.lower(), row.earned_in.isoformat(), row.amount_minor)
        for row in rows.select_related("component").order_by("earned_in", "stage", "pk")
    ]


def draft_lines(run: PayRun) -> Any:
    return RunLine.objects.filter(run=run)


def entries(**of: Any) -> Any:
    return LedgerEntry.objects.filter(**of)


def released(run: PayRun, payee_id: int) -> Statement:
    """The statement of a run's month, sent to one payee."""
    PayRun.objects.filter(pk=run.pk).update(released_at=NOW)
    return Statement.objects.get_or_create(payee_id=payee_id, period=run.period, defaults={"released_at": NOW})[0]
