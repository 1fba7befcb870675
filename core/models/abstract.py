"""Abstract rows: stamps by the database clock, and facts that hold for a span of days."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Timestamped(models.Model):
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


class EffectiveDated(models.Model):
    """A fact in force over [valid_from, valid_to); null end = open."""

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True, help_text=_("First day it no longer holds."))

    class Meta:
        abstract = True


class _Days(Func):
    function = "daterange"
    output_field = DateRangeField()


def days_in_force() -> _Days:
    return _Days(F("valid_from"), F("valid_to"), RangeBoundary())


def in_force_on(day: Any, prefix: str = "") -> Q:
    """Filter for dated rows that hold on a day (a date or an expression)."""
    ends = Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})
    return Q(**{f"{prefix}valid_from__lte": day}) & ends


def no_overlap(*fields: str, name: str, condition: Q | None = None) -> ExclusionConstraint:
    """At most one row in force on any day for the same values of the fields; of those under a condition, if given."""
    same = [(field, RangeOperators.EQUAL) for field in fields]
    return ExclusionConstraint(
        name=name,
        expressions=[*same, (days_in_force(), RangeOperators.OVERLAPS)],
        index_type="GIST",
        deferrable=Deferrable.IMMEDIATE,
        condition=condition,
    )


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(valid_to__isnull=True) | Q(valid_from__lt=F("valid_to")))
