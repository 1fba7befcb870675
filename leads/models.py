from __future__ import annotations

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Timestamped, custom_values
from leads.enums import LeadStatus
from people.models import Person


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at"])
class Lead(Timestamped):
    """Someone who may become a customer, before there is an account or a deal."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    company_name = models.CharField(_("company"), max_length=255, blank=True)
    title = models.CharField(_("job title"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.CharField(_("website"), max_length=255, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=LeadStatus, default=LeadStatus.NEW)
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("owner")
    )
    created_on = models.DateField(_("created on"), null=True, blank=True)
    converted_on = models.DateField(_("converted on"), null=True, blank=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    custom = custom_values()
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("lead")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "status", "-id"]),
            models.Index(Lower("email"), name="lead_email_lower"),
            # What is archived is little among much: the tab that counts it, and its list.
            models.Index(fields=["archived_at"], condition=Q(archived_at__isnull=False), name="lead_archived"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="lead_name_trgm"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="lead_custom"),
        ]

    def __str__(self) -> str:
        return self.name or self.company_name or self.email or self.number

    def get_absolute_url(self) -> str:
        return reverse("leads:lead", args=[self.pk])

    @property
    def number(self) -> str:
        return f"LEAD-{self.pk}"
