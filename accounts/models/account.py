"""Customer accounts and the people in them."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import AccountType, Persona
from core.models import EffectiveDated, Timestamped, custom_values, ends_after_start, no_overlap
from people.models import Person


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at"])
class Account(Timestamped):
    """A company we sell to or may sell to."""

    name = models.CharField(_("name"), max_length=255)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    type = models.CharField(_("type"), max_length=10, choices=AccountType, default=AccountType.PROSPECT)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries", verbose_name=_("parent account")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("owner")
    )
    domain = models.CharField(_("web domain"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    segment = models.CharField(_("segment"), max_length=80, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(_("annual revenue"), max_digits=20, decimal_places=4, null=True, blank=True)
    founded_year = models.PositiveSmallIntegerField(_("founded"), null=True, blank=True)
    street = models.CharField(_("street"), max_length=255, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("state or region"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=120, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    custom = custom_values()
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("account")
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(fields=["owner", "name", "id"]),
            models.Index(fields=["segment"], condition=~Q(segment=""), name="account_segment"),
            models.Index(Lower("name"), name="account_name_lower"),
            models.Index(fields=["domain"], condition=~Q(domain=""), name="account_domain"),
            # What is archived is little among much: the tab that counts it, and its list.
            models.Index(fields=["archived_at"], condition=Q(archived_at__isnull=False), name="account_archived"),
            # As Django writes icontains and iexact.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="account_name_search"),
            GinIndex(OpClass(Upper("domain"), name="gin_trgm_ops"), name="account_domain_search"),
            models.Index(Upper("external_id"), name="account_external_search"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="account_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:account", args=[self.pk])

    @property
    def number(self) -> str:
        return f"ACC-{self.pk}"


class AccountOwnership(EffectiveDated, Timestamped):
    """Who owned an account, over time. The row in force equals Account.owner."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="ownerships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("ownership")
        ordering = ["-valid_from"]
        constraints = [no_overlap("account", name="one_owner_an_account"), ends_after_start("ownership_span")]


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at"])
class Contact(Timestamped):
    """A person at a customer, with the part they play in buying."""

    name = models.CharField(_("name"), max_length=200)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("account")
    )
    title = models.CharField(_("job title"), max_length=200, blank=True)
    persona = models.CharField(_("persona"), max_length=16, choices=Persona, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("owner")
    )
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    custom = custom_values()
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("contact")
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(Lower("email"), name="contact_email_lower"),
            # What is archived is little among much: the tab that counts it, and its list.
            models.Index(fields=["archived_at"], condition=Q(archived_at__isnull=False), name="contact_archived"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="contact_name_search"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="contact_email_search"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="contact_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:contact", args=[self.pk])
