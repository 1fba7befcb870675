"""What a person earns in a year when they meet their goals, over time. Behind the pay wall: see people.policies."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, EffectiveDated, Timestamped, ends_after_start, no_overlap
from people.models.person import Person


class PersonPay(EffectiveDated, Timestamped):
    """On-target earnings of a person for a span of days; a change ends the row before and begins another.

    Its words hold no amount: they stand in lists, messages and acts that others read.
    """

    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="pay_rows", verbose_name=_("person"))
    ote = models.DecimalField(
        _("on-target earnings"), max_digits=18, decimal_places=4, help_text=_("A year, everything together.")
    )
    variable = models.DecimalField(
        _("variable pay"), max_digits=18, decimal_places=4, help_text=_("The part of a year's pay that plans pay.")
    )
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))

    class Meta:
        verbose_name = _("pay of a person")
        verbose_name_plural = _("pay of people")
        ordering = ["person", "-valid_from"]
        constraints = [
            no_overlap("person", name="one_pay_a_person"),
            ends_after_start("person_pay_span"),
            models.CheckConstraint(
                name="variable_within_ote", condition=Q(variable__gte=0) & Q(variable__lte=F("ote"))
            ),
        ]

    def __str__(self) -> str:
        return str(_("Pay of %(name)s") % {"name": self.person.name})

    def get_absolute_url(self) -> str:
        return reverse("people:pay_of", args=[self.person_id])

    @property
    def fixed(self) -> Decimal:
        """What of a year's pay doesn't hang on plans."""
        return self.ote - self.variable

    @property
    def variable_pct(self) -> Decimal | None:
        """The pay mix: how much of a hundred is variable, to a tenth; None without any pay."""
        return (self.variable * 100 / self.ote).quantize(Decimal("0.1")) if self.ote else None


class PayRules(Timestamped):
    """Who sees pay besides the person themself, comp admins and finance: one row."""

    managers_see_pay = models.BooleanField(_("managers see the pay of their line"), default=False)

    class Meta:
        verbose_name = _("rules for seeing pay")
        constraints = [models.CheckConstraint(name="pay_rules_are_one", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(_("Who sees pay"))
