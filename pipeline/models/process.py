"""How deals move: processes, stages, exit criteria; what is sold; reasons and competitors."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, EffectiveDated, Timestamped, ends_after_start, no_overlap
from pipeline.enums import Category, CriterionKind, Status


class SalesProcess(Timestamped):
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("sales process")
        verbose_name_plural = _("sales processes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_process")
        ]

    def __str__(self) -> str:
        return self.name


class Stage(Timestamped):
    """A step of a process. Its status says whether deals in it are open, won or lost."""

    process = models.ForeignKey(SalesProcess, models.PROTECT, related_name="stages", verbose_name=_("process"))
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"))
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN)
    probability = models.DecimalField(_("probability, %"), max_digits=5, decimal_places=2)
    category = models.CharField(_("forecast category"), max_length=10, choices=Category, default=Category.PIPELINE)
    is_active = models.BooleanField(_("offered in forms"), default=True)

    class Meta:
        verbose_name = _("stage")
        ordering = ["process", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["process", "name"], name="stage_name_once"),
            models.CheckConstraint(name="stage_percent", condition=Q(probability__gte=0, probability__lte=100)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:stage", args=[self.pk])


class StageCriterion(Timestamped):
    """What must be true before a deal leaves a stage: a field is filled or someone ticks it."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="criteria", verbose_name=_("stage"))
    label = models.CharField(_("criterion"), max_length=160)
    kind = models.CharField(_("kind"), max_length=5, choices=CriterionKind, default=CriterionKind.CHECK)
    field = models.CharField(_("field"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("exit criterion")
        verbose_name_plural = _("exit criteria")
        ordering = ["stage", "position", "id"]

    def __str__(self) -> str:
        return self.label


class LossReason(Timestamped):
    name = models.CharField(_("reason"), max_length=120, unique=True)
    is_active = models.BooleanField(_("offered in forms"), default=True)

    class Meta:
        verbose_name = _("loss reason")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:loss_reason_edit", args=[self.pk])


class Competitor(Timestamped):
    name = models.CharField(_("name"), max_length=160, unique=True)

    class Meta:
        verbose_name = _("competitor")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:competitor_edit", args=[self.pk])


class Product(Timestamped):
    name = models.CharField(_("name"), max_length=200, unique=True)
    external_id = models.CharField(_("product code"), max_length=120, null=True, blank=True, unique=True)
    family = models.CharField(_("family"), max_length=120, blank=True)
    is_recurring = models.BooleanField(_("recurring"), default=False)
    is_active = models.BooleanField(_("offered in forms"), default=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)

    class Meta:
        verbose_name = _("product")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:product", args=[self.pk])


class ListPrice(EffectiveDated, Timestamped):
    """The list price of a product in a currency, over time."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices", verbose_name=_("product"))
    currency = models.ForeignKey(Currency, models.PROTECT, verbose_name=_("currency"))
    price = models.DecimalField(_("list price"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("list price")
        ordering = ["product", "currency", "-valid_from"]
        constraints = [no_overlap("product", "currency", name="one_list_price"), ends_after_start("list_price_span")]
