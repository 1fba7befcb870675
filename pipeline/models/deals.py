"""Opportunities and what hangs on them."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import Persona
from accounts.models import Account, Contact
from core.models import Currency, Timestamped, custom_values
from people.models import Person
from pipeline.enums import Category, DealType, SplitKind, Status
from pipeline.models.process import Competitor, LossReason, Product, SalesProcess, Stage, StageCriterion

_COUNTS_ON = Case(When(status="open", then="expected_close_on"), default="closed_on")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version", "last_activity_at"])
class Opportunity(Timestamped):
    """A deal: what may be sold to whom, by whom, for how much, by when."""

    name = models.CharField(_("name"), max_length=255)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("account")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("owner")
    )
    type = models.CharField(_("type"), max_length=10, choices=DealType, default=DealType.NEW)
    process = models.ForeignKey(SalesProcess, models.PROTECT, related_name="+", verbose_name=_("process"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", verbose_name=_("stage"))
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN, editable=False)
    probability = models.DecimalField(
        _("probability, %"), max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("Blank: as the stage.")
    )
    category = models.CharField(_("forecast category"), max_length=10, choices=Category, default=Category.PIPELINE)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4, null=True, blank=True)
    recurring_amount = models.DecimalField(
        _("recurring, a year"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    one_off_amount = models.DecimalField(_("one-off"), max_digits=18, decimal_places=4, null=True, blank=True)
    term_months = models.PositiveSmallIntegerField(_("contract term, months"), null=True, blank=True)
    term_starts_on = models.DateField(_("term starts"), null=True, blank=True)
    term_ends_on = models.DateField(_("term ends"), null=True, blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("main product")
    )
    source = models.CharField(_("source"), max_length=120, blank=True)
    created_on = models.DateField(_("created on"))
    engaged_on = models.DateField(_("engaged on"), null=True, blank=True)
    stage_since = models.DateField(_("in stage since"), null=True, blank=True)
    expected_close_on = models.DateField(_("expected close date"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    pushed_count = models.PositiveSmallIntegerField(_("times pushed"), default=0)
    next_step = models.CharField(_("next step"), max_length=255, blank=True)
    next_step_due_on = models.DateField(_("next step due"), null=True, blank=True)
    loss_reason = models.ForeignKey(
        LossReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("loss reason")
    )
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("main competitor")
    )
    last_activity_at = models.DateTimeField(_("last activity"), null=True, blank=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    custom = custom_values()
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="deal_percent", condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=100)
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "status", "expected_close_on"]),
            models.Index(fields=["owner", "-closed_on"]),
            models.Index(fields=["status", "closed_on"]),
            models.Index(fields=["status", "expected_close_on"]),
            models.Index(fields=["account", "status"]),
            models.Index(fields=["-amount", "-id"]),
            models.Index(fields=["name", "id"]),
            # By owner: the first rows of a small team. counts_on is the day of selectors.deals.listed_deals.
            models.Index(fields=["owner", "amount", "id"], name="deal_owner_amount"),
            models.Index(F("owner"), _COUNTS_ON, F("id"), name="deal_owner_counts_on"),
            models.Index(_COUNTS_ON, F("id"), name="deal_counts_on"),
            # Of who sees all: deals long without a sign of life, or with one lately.
            models.Index(fields=["last_activity_at", "id"], name="deal_last_activity"),
            # The first cards of a column of the board, for who sees all.
            models.Index(
                F("stage"),
                F("amount").desc(nulls_last=True),
                F("id").desc(),
                name="deal_board",
                condition=Q(status=Status.OPEN, archived_at__isnull=True),
            ),
            # What is archived is little among much: the tab that counts it, and its list.
            models.Index(fields=["archived_at"], condition=Q(archived_at__isnull=False), name="deal_archived"),
            # Whose deals are with which accounts, read without the deals.
            models.Index(
                fields=["owner", "account"],
                name="deal_owner_account",
                condition=Q(archived_at__isnull=True, account__isnull=False),
            ),
            models.Index(
                fields=["owner", "id"],
                name="deal_no_next_step",
                condition=Q(status=Status.OPEN, next_step="", archived_at__isnull=True),
            ),
            # As Django writes icontains and iexact.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="deal_name_search"),
            models.Index(Upper("external_id"), name="deal_external_search"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="deal_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:deal", args=[self.pk])

    @property
    def number(self) -> str:
        return f"OPP-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @property
    def acv(self) -> Decimal | None:
        """Annual contract value: a year of the recurring part plus the one-off part spread over the term's years."""
        if self.recurring_amount is None and self.one_off_amount is None:
            return self.amount
        years = Decimal(self.term_months or 12) / 12
        return (self.recurring_amount or Decimal(0)) + (self.one_off_amount or Decimal(0)) / max(years, Decimal(1))

    @property
    def tcv(self) -> Decimal | None:
        """Total contract value: recurring x term in years + one-off."""
        if self.recurring_amount is None and self.one_off_amount is None:
            return self.amount
        years = Decimal(self.term_months or 12) / 12
        return (self.recurring_amount or Decimal(0)) * years + (self.one_off_amount or Decimal(0))


class OpportunityLine(Timestamped):
    """One product on a deal."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4, default=Decimal(1))
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=4)
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=4, null=True, blank=True)
    amount = models.GeneratedField(
        expression=models.F("quantity") * models.F("unit_price"),
        output_field=models.DecimalField(max_digits=24, decimal_places=4),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("line item")
        ordering = ["id"]


class OpportunitySplit(Timestamped):
    """Who gets how much credit. Revenue splits sum to 100 %; overlay splits are free."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="splits")
    person = models.ForeignKey(Person, models.PROTECT, related_name="splits", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=8, choices=SplitKind, default=SplitKind.REVENUE)
    percent = models.DecimalField(_("percent"), max_digits=7, decimal_places=4)

    class Meta:
        verbose_name = _("split")
        ordering = ["kind", "-percent", "id"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "person", "kind"], name="one_split_a_person"),
            models.CheckConstraint(name="split_percent", condition=Q(percent__gt=0, percent__lte=100)),
        ]


class OpportunityContact(Timestamped):
    """A contact's part in a deal: the buying group."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="buying_group")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="deals", verbose_name=_("contact"))
    persona = models.CharField(_("part"), max_length=16, choices=Persona, blank=True)

    class Meta:
        verbose_name = _("buying group member")
        constraints = [models.UniqueConstraint(fields=["opportunity", "contact"], name="contact_once_a_deal")]


class OpportunityTeamMember(Timestamped):
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="team")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    part = models.CharField(_("part"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("deal team member")
        constraints = [models.UniqueConstraint(fields=["opportunity", "person"], name="member_once_a_deal")]


class OpportunityCompetitor(Timestamped):
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="competitors")
    competitor = models.ForeignKey(Competitor, models.PROTECT, related_name="+", verbose_name=_("competitor"))
    note = models.CharField(_("note"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("competitor on deal")
        constraints = [models.UniqueConstraint(fields=["opportunity", "competitor"], name="competitor_once_a_deal")]


class CriterionTick(Timestamped):
    """An exit criterion ticked by hand on a deal."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="ticks")
    criterion = models.ForeignKey(StageCriterion, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opportunity", "criterion"], name="tick_once")]
