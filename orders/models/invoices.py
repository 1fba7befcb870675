"""Invoices, what was paid of them and what was credited."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, Timestamped, custom_values
from orders.enums import InvoiceStatus
from orders.models.orders import Order, Return


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version"])
class Invoice(Timestamped):
    """A sum asked of the customer for an order, in the order's currency. Paid and credited follow their rows."""

    name = models.CharField(_("name"), max_length=255, blank=True, help_text=_("Blank: as the order."))
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices", verbose_name=_("order"))
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    paid = models.DecimalField(_("paid"), max_digits=18, decimal_places=4, default=Decimal(0), editable=False)
    credited = models.DecimalField(_("credited"), max_digits=18, decimal_places=4, default=Decimal(0), editable=False)
    status = models.CharField(
        _("status"), max_length=8, choices=InvoiceStatus, default=InvoiceStatus.OPEN, editable=False
    )
    note = models.CharField(_("note"), max_length=255, blank=True)
    custom = custom_values()
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("invoice")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="invoice_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="invoice_due_after", condition=Q(issued_on__lte=F("due_on"))),
            models.CheckConstraint(name="invoice_not_overcredited", condition=Q(credited__lte=F("amount"))),
        ]
        indexes = [
            models.Index(fields=["order", "-id"]),
            models.Index(fields=["status", "due_on"]),
            models.Index(fields=["issued_on", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("orders:invoice", args=[self.pk])

    @property
    def number(self) -> str:
        return f"INV-{self.pk}"

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid; below zero where more was paid than is owed after a credit."""
        return self.amount - self.credited - self.paid

    def is_overdue(self, on: date) -> bool:
        return self.due_on < on and self.outstanding > 0

    @property
    def owner_id(self) -> int | None:
        return self.order.deal.owner_id


class Payment(Timestamped):
    """Money that came in for an invoice. A row that takes one back (all of it or a part) is negative."""

    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments", verbose_name=_("invoice"))
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reversals")

    class Meta:
        verbose_name = _("payment")
        ordering = ["-paid_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="payment_amount",
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            ),
        ]
        indexes = [models.Index(fields=["paid_on", "id"])]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"{self.invoice.get_absolute_url()}#payments"

    @property
    def number(self) -> str:
        return f"PAY-{self.pk}"


class CreditNote(Timestamped):
    """What the customer need not pay of an invoice, or gets back: for a return, or because the invoice was wrong."""

    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes", verbose_name=_("invoice"))
    goods = models.ForeignKey(
        Return, models.PROTECT, null=True, blank=True, related_name="credit_notes", verbose_name=_("return")
    )
    credited_on = models.DateField(_("credited on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=255)

    class Meta:
        verbose_name = _("credit note")
        ordering = ["-credited_on", "-id"]
        constraints = [models.CheckConstraint(name="credit_note_amount", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"{self.invoice.get_absolute_url()}#credits"

    @property
    def number(self) -> str:
        return f"CRN-{self.pk}"

    @property
    def currency_id(self) -> str:
        return str(self.invoice.currency_id)
