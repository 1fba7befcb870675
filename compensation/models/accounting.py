"""Costs of contracts in the books: what was decided, months of account, assets, what moved, and the journal.

Rows of a month that is closed are only added to the books: triggers refuse to change them (migration 0003).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from compensation.enums import AccountingState, Basis, Entry, Ledger, TermSource, Treatment
from compensation.models.plans import Payee, Plan, PlanComponent
from compensation.models.runs import PayPeriod, PayRun
from core.kernel.money import from_minor
from core.models import EffectiveDated, Run, Timestamped, ends_after_start, no_overlap
from orders.models import Contract
from pipeline.models import Opportunity


def _person() -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)


class AccountingPolicy(EffectiveDated, Timestamped):
    """How costs of contracts are treated from a day on; months that begin before it keep the one before."""

    benefit_months = models.PositiveSmallIntegerField(
        _("customers stay, months"),
        default=60,
        help_text=_("How long a cost is of use where renewals aren't paid for as new contracts are."),
    )
    renewals_commensurate = models.BooleanField(
        _("renewals are paid for as new contracts are"),
        default=False,
        help_text=_("Then a cost is of use over its contract's term alone."),
    )
    is_expedient = models.BooleanField(
        _("expense what is of use for a year or less"), default=True, help_text=_("The practical expedient.")
    )
    basis = models.CharField(_("straight line"), max_length=6, choices=Basis, default=Basis.MONTHS)
    asset_account = models.CharField(_("account: capitalised costs"), max_length=60, default="1450")
    amortisation_account = models.CharField(_("account: amortisation"), max_length=60, default="6420")
    expense_account = models.CharField(_("account: commission expense"), max_length=60, default="6410")
    liability_account = models.CharField(_("account: earned, not paid"), max_length=60, default="2150")
    impairment_account = models.CharField(_("account: write-off"), max_length=60, default="6430")
    clearing_account = models.CharField(_("account: payroll clearing"), max_length=60, default="2190")
    note = models.CharField(_("why"), max_length=255, blank=True)
    decided_by = _person()

    class Meta:
        verbose_name = _("accounting policy")
        ordering = ["-valid_from"]
        constraints = [
            no_overlap(name="one_accounting_policy"),
            ends_after_start("accounting_policy_span"),
            models.CheckConstraint(name="accounting_policy_months", condition=Q(benefit_months__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from}"

    def account_of(self, account: str) -> str:
        return str(getattr(self, f"{account}_account"))


class AccountingMonth(Timestamped):
    """A month of account as it was worked out once. One of a period is at work, or closed; others stay as history.

    output_hash: of what moved, which is what approvals are given for. totals: by currency and word, minor units.
    """

    period = models.ForeignKey(PayPeriod, models.PROTECT, related_name="accounting", verbose_name=_("month"))
    run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(AccountingPolicy, models.PROTECT, related_name="months", verbose_name=_("policy"))
    state = models.CharField(_("state"), max_length=10, choices=AccountingState, default=AccountingState.STARTED)
    prepared_by = _person()
    closed_by = _person()
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    output_hash = models.CharField(max_length=64, blank=True)
    totals: Any = models.JSONField(default=dict)
    contracts = models.PositiveIntegerField(_("contracts"), default=0)

    class Meta:
        verbose_name = _("month of account")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["period"],
                name="one_month_of_account",
                condition=Q(state__in=["started", "calculated", "approved", "closed"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.period)

    def get_absolute_url(self) -> str:
        return reverse("compensation:accounting_month", args=[self.pk])

    @property
    def number(self) -> str:
        return f"AM-{self.period.starts_on:%Y-%m}-{self.pk}"

    @property
    def is_closed(self) -> bool:
        return self.state == AccountingState.CLOSED


class AccountingApproval(models.Model):
    """A person's yes to a month as it was worked out."""

    month = models.ForeignKey(AccountingMonth, models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    output_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["month", "user"], name="one_yes_to_a_month")]


class ContractCost(models.Model):
    """What a plan's commissions on a contract cost, as an asset. Its sums are those of the months closed.

    past: the unit before which it is written down: an ordinal of days, or the number of a month (first: the same).
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    deal = models.ForeignKey(Opportunity, models.PROTECT, related_name="+", verbose_name=_("deal"))
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contract")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    starts_on = models.DateField(_("benefit from"))
    ends_on = models.DateField(_("first day without benefit"))
    source = models.CharField(_("term from"), max_length=8, choices=TermSource)
    basis = models.CharField(_("straight line"), max_length=6, choices=Basis)
    first = models.BigIntegerField(default=0)
    past = models.BigIntegerField(default=0)
    capitalised_minor = models.BigIntegerField(_("capitalised"), default=0)
    clawed_back_minor = models.BigIntegerField(_("clawed back"), default=0)
    amortised_minor = models.BigIntegerField(_("amortised"), default=0)
    impaired_minor = models.BigIntegerField(_("written off"), default=0)
    left_minor = models.BigIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("cost of a contract")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "deal", "contract"], name="one_cost_of_a_contract", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="contract_cost_adds_up",
                condition=Q(
                    left_minor=models.F("capitalised_minor")
                    - models.F("clawed_back_minor")
                    - models.F("amortised_minor")
                    - models.F("impaired_minor")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["deal"]),
            models.Index(fields=["contract"]),
            models.Index(fields=["account"]),
            models.Index(fields=["left_minor", "id"], name="contract_cost_by_left"),
        ]

    def __str__(self) -> str:
        return str(self.contract or self.deal)

    def get_absolute_url(self) -> str:
        return reverse("compensation:contract_cost", args=[self.pk])

    @property
    def number(self) -> str:
        return f"CC-{self.pk}"

    @property
    def currency(self) -> str:
        return str(self.plan.currency_id)

    @property
    def capitalised(self) -> Decimal:
        return from_minor(self.capitalised_minor, self.currency)

    @property
    def clawed_back(self) -> Decimal:
        return from_minor(self.clawed_back_minor, self.currency)

    @property
    def amortised(self) -> Decimal:
        return from_minor(self.amortised_minor, self.currency)

    @property
    def impaired(self) -> Decimal:
        return from_minor(self.impaired_minor, self.currency)

    @property
    def left(self) -> Decimal:
        return from_minor(self.left_minor, self.currency)


def _free(to: Any, **more: Any) -> Any:
    """A pointer without a constraint: rows come by COPY, many at once."""
    return models.ForeignKey(to, models.DO_NOTHING, related_name="+", db_constraint=False, **more)


class CostMonth(models.Model):
    """What a month brought for a contract's cost: opening + capitalised - clawed back - amortised - impaired = closing.

    over: taken back beyond the asset. base, first, kept: how it goes on from here (compensation.kernel.accounting).
    """

    month = _free(AccountingMonth)
    cost = _free(ContractCost)
    opening_minor = models.BigIntegerField()
    capitalised_minor = models.BigIntegerField()
    clawed_back_minor = models.BigIntegerField()
    over_minor = models.BigIntegerField()
    amortised_minor = models.BigIntegerField()
    impaired_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    first = models.BigIntegerField()
    past = models.BigIntegerField()
    kept_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("contract in a month of account")
        indexes = [
            models.Index(fields=["month", "cost"], name="cost_month_of"),
            models.Index(fields=["cost", "month"], name="cost_month_by_cost"),
        ]
        constraints = [
            models.CheckConstraint(
                name="cost_month_adds_up",
                condition=Q(
                    closing_minor=models.F("opening_minor")
                    + models.F("capitalised_minor")
                    - models.F("clawed_back_minor")
                    - models.F("amortised_minor")
                    - models.F("impaired_minor")
                ),
            )
        ]


class CostLine(models.Model):
    """What somebody earned in a month of account by a deal, and what became of it. deal_id, cost: 0 for none.

    window_on: the first day of the span over whose deals it was divided; 1970 where it wasn't.
    """

    month = _free(AccountingMonth)
    plan = _free(Plan)
    version_id = models.BigIntegerField()
    component = _free(PlanComponent)
    payee = _free(Payee)
    deal_id = models.BigIntegerField()
    cost = _free(ContractCost)
    treatment = models.SmallIntegerField(choices=Treatment)
    window_on = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("cost line")
        indexes = [
            models.Index(fields=["month", "treatment"], name="cost_line_of_month"),
            models.Index(fields=["cost", "month"], name="cost_line_of_cost"),
        ]

    @property
    def currency(self) -> str:
        return str(self.plan.currency_id)

    @property
    def is_divided(self) -> bool:
        """Whether it is a part of what a span's deals earned together."""
        return self.window_on.year > 1970


class JournalEntry(models.Model):
    """A line of a month's entries, by plan: an account, under the name it had, and either debit or credit."""

    month = models.ForeignKey(AccountingMonth, models.PROTECT, related_name="journal")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    entry = models.CharField(_("entry"), max_length=12, choices=Entry)
    account = models.CharField(_("account"), max_length=12, choices=Ledger)
    account_name = models.CharField(_("account number"), max_length=60)
    debit_minor = models.BigIntegerField(_("debit"), default=0)
    credit_minor = models.BigIntegerField(_("credit"), default=0)

    class Meta:
        verbose_name = _("journal entry")
        ordering = ["month", "plan", "id"]
        constraints = [
            models.CheckConstraint(
                name="journal_one_side",
                condition=Q(debit_minor__gt=0, credit_minor=0) | Q(debit_minor=0, credit_minor__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_name} {self.debit_minor - self.credit_minor}"

    @property
    def currency(self) -> str:
        return str(self.plan.currency_id)

    @property
    def debit(self) -> Decimal:
        return from_minor(self.debit_minor, self.currency)

    @property
    def credit(self) -> Decimal:
        return from_minor(self.credit_minor, self.currency)


class AccountedRun(models.Model):
    """A pay run whose costs, or payments, a month of account took."""

    month = models.ForeignKey(AccountingMonth, models.CASCADE, related_name="taken")
    pay_run = models.ForeignKey(PayRun, models.PROTECT, related_name="+")
    is_payment = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "pay_run", "is_payment"], name="a_run_once_a_month"),
        ]
