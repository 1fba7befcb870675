"""Facts with a span of days: the database itself refuses two at once and a span without days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, models, transaction

from core.models import EffectiveDated, FxRate, in_force_on
from people.models import ReportingClosure

DATED = [model for model in apps.get_models() if issubclass(model, EffectiveDated)]


@pytest.mark.parametrize("model", DATED, ids=lambda model: model._meta.label)
def test_every_dated_table_refuses_overlaps_and_empty_spans(model: type[models.Model]) -> None:
    exclusions = [c for c in model._meta.constraints if isinstance(c, ExclusionConstraint)]
    assert exclusions, "add core.models.no_overlap(...) to its constraints"
    assert all(constraint.deferrable is not None for constraint in exclusions)
    checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
    assert any("valid_to" in str(check.condition) for check in checks), "add core.models.ends_after_start(...)"


def rate(start: date, end: date | None) -> FxRate:
    return FxRate.objects.create(currency_id="EUR", rate=Decimal("1.1"), valid_from=start, valid_to=end)


@pytest.mark.django_db
def test_spans_may_touch_and_not_overlap() -> None:
    rate(date(2026, 1, 1), date(2026, 7, 1))
    rate(date(2026, 7, 1), None)
    for start, end in [(date(2026, 6, 30), date(2026, 7, 1)), (date(2030, 1, 1), None), (date(2025, 1, 1), None)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            rate(start, end)


@pytest.mark.django_db
@pytest.mark.parametrize("end", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_span_ends_after_it_starts(end: date) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        rate(date(2026, 1, 1), end)


@pytest.mark.django_db
def test_in_force_counts_the_first_day_and_not_the_last() -> None:
    row = rate(date(2026, 1, 1), date(2026, 7, 1))
    for day, holds in [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ]:
        assert FxRate.objects.filter(in_force_on(day), pk=row.pk).exists() == holds


def test_the_closure_is_dated_too() -> None:
    assert ReportingClosure in DATED
