from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuoteStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_APPROVAL = "in_approval", _("In approval")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")


class ContractStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed")
    ENDED = "ended", _("Ended")
    CANCELLED = "cancelled", _("Cancelled")


class OrderStatus(models.TextChoices):
    OPEN = "open", _("Open")
    PART = "part", _("Part fulfilled")
    FULFILLED = "fulfilled", _("Fulfilled")
    CANCELLED = "cancelled", _("Cancelled")


class InvoiceStatus(models.TextChoices):
    OPEN = "open", _("Open")
    PART = "part", _("Part paid")
    PAID = "paid", _("Paid")
    CREDITED = "credited", _("Credited")


class FactKind(models.TextChoices):
    """What rooms above ask for: one row of money each, by product."""

    BOOKING = "booking", _("Booking")
    ORDER = "order", _("Order")
    INVOICE = "invoice", _("Invoice")
    PAYMENT = "payment", _("Payment")
    RETURN = "return", _("Return")
