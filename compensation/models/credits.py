"""Credits: who is credited how much of which event. Read by the kernel as numbers; texts stand beside them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from compensation.models.plans import Payee, Plan


class CreditBatch(models.Model):
    """One change of credits, under the lock of its plan: a run is calculated as of the last one, and can be again."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="batches")
    at = models.DateTimeField(db_default=Now())
    why = models.CharField(max_length=60)
    made = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]


class CreditDoubt(models.Model):
    """What crediting found that people should look at: splits that aren't whole, an event of nobody, no rate."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="doubts")
    kind = models.CharField(max_length=20)
    deal_id = models.BigIntegerField(null=True)
    event = models.CharField(max_length=160)
    on = models.DateField()
    clause = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]


class CreditKind(models.Model):
    """A word that measures take credits by, as a number."""

    name = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.name


class CreditFields(models.Model):
    """What formulas may ask of a credit, kept once for all credits that say the same."""

    digest = models.BigIntegerField(unique=True)
    values: Any = models.JSONField(default=dict)


class Credit(models.Model):
    """A person's part of an event, under a plan. It is never changed: another amount is another row, from its batch on.

    on: the event's day. Amounts are minor units of `currency`; what is paid on is worth fx_num / fx_den of the plan's.
    clause: which crediting clause of the version made it. factor: the part of the event, in words. digest: of all that
    a calculation sees of it.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="credits", verbose_name=_("person"))
    on = models.DateField(_("day"))
    kind = models.ForeignKey(CreditKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    source = models.CharField(_("source"), max_length=40, blank=True)
    key = models.CharField(_("key"), max_length=160)
    line = models.IntegerField(_("line"), default=0)
    quota_minor = models.BigIntegerField(_("quota credit"))
    pay_minor = models.BigIntegerField(_("commissionable amount"))
    currency = models.CharField(_("currency"), max_length=3)
    fx_num = models.BigIntegerField(default=1)
    fx_den = models.BigIntegerField(default=1)
    returns_key = models.CharField(_("takes back"), max_length=160, blank=True)
    fields = models.ForeignKey(CreditFields, models.PROTECT, related_name="+")
    event_kind = models.CharField(max_length=20, blank=True)
    event_id = models.BigIntegerField(null=True, blank=True)
    deal_id = models.BigIntegerField(null=True, blank=True)
    clause = models.CharField(max_length=40, blank=True)
    factor = models.CharField(max_length=80, blank=True)
    digest = models.BigIntegerField()
    batch = models.ForeignKey(CreditBatch, models.PROTECT, related_name="+")
    ended_batch = models.ForeignKey(CreditBatch, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("credit")
        ordering = ["payee", "on", "source", "key", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "payee", "source", "key", "line", "kind"],
                name="credit_once",
                condition=Q(ended_batch=None),
            ),
            models.CheckConstraint(name="credit_fx_positive", condition=Q(fx_num__gt=0, fx_den__gt=0)),
        ]
        indexes = [
            models.Index(fields=["plan", "payee", "on"], name="credit_of_payee"),
            models.Index(fields=["event_kind", "event_id"], name="credit_of_event"),
            models.Index(fields=["plan"], name="credit_that_returns", condition=~Q(returns_key="")),
            models.Index(fields=["plan", "batch"], name="credit_of_batch"),
            models.Index(
                fields=["plan", "ended_batch"], name="credit_that_ended", condition=Q(ended_batch__isnull=False)
            ),
            models.Index(fields=["deal_id"], name="credit_of_deal", condition=Q(deal_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key
