"""Snapshots: whole nights, one row a deal, as it was known when the day ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.kernel import formats
from core.models import Run
from core.selectors import company_day, the_company
from pipeline.models import ListPrice, Opportunity, OpportunityLine, OpportunitySnapshot, SnapshotNight, Stage
from pipeline.services import snapshots
from pipeline.services.snapshots import end_of_day, make_partitions, reconstruct_nights, snapshot_day

DAY = date(2024, 8, 15)


def kept(day: date = DAY) -> dict[str, OpportunitySnapshot]:
    names = dict(Opportunity.objects.values_list("pk", "name"))
    return {names[row.opportunity_id]: row for row in OpportunitySnapshot.objects.filter(day=day)}


def test_every_deal_open_at_the_end_of_the_day_and_no_other(company: Any) -> None:
    company.deal("open", amount=Decimal("10.005"), account=company.account(segment="Large"))
    company.deal("closed today", stage="Won", closed_on=DAY, created_on=DAY)
    company.deal("closes tomorrow", stage="Won", closed_on=DAY + timedelta(days=1), created_on=DAY)
    company.deal("begins tomorrow", created_on=DAY + timedelta(days=1))
    archived = company.deal("archived")
    Opportunity.objects.filter(pk=archived.pk).update(archived_at="2024-08-01T00:00Z")
    run = snapshot_day(on=DAY)
    assert set(kept()) == {"open", "closes tomorrow"}
    row = kept()["open"]
    assert (row.amount_minor, row.status, row.segment, row.probability) == (1001, "open", "Large", 10)
    assert (run.kind, run.state, run.counts) == ("pipeline.snapshot", "succeeded", {"deals": 2})
    assert SnapshotNight.objects.get(day=DAY).deals == 2


def test_a_night_taken_twice_has_each_deal_once(company: Any) -> None:
    deal = company.deal()
    snapshot_day(on=DAY)
    Opportunity.objects.filter(pk=deal.pk).update(amount=7)
    snapshot_day(on=DAY)
    assert OpportunitySnapshot.objects.get(day=DAY).amount_minor == 700
    assert SnapshotNight.objects.get().deals == 1


def test_a_night_cut_off_in_the_middle_leaves_nothing(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.deal()

    def die(**_marked: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshots.SnapshotNight.objects, "update_or_create", die)
        with pytest.raises(KeyboardInterrupt):
            snapshot_day(on=DAY)
    assert OpportunitySnapshot.objects.count() == 0
    snapshot_day(on=DAY)
    assert OpportunitySnapshot.objects.count() == SnapshotNight.objects.get().deals == 1


def test_what_changed_after_the_day_is_taken_back(company: Any) -> None:
    """The night runs at two; a deal saved at one counts as it stood at midnight."""
    deal = company.deal(amount=Decimal(100))
    Opportunity.objects.filter(pk=deal.pk).update(amount=200)
    Opportunity.objects.filter(pk=deal.pk).update(amount=300, status="won", closed_on=DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE pipeline_opportunityevent SET pgh_created_at = CASE WHEN amount = 100
                 THEN timestamptz '2024-08-15 20:00Z' ELSE timestamptz '2024-08-16 01:00Z' END"""
        )
    snapshot_day(on=DAY, known_at=end_of_day(DAY))
    assert kept()["Acme pilot"].amount_minor == 20000
    snapshot_day(on=DAY)
    assert kept() == {}


def test_the_day_ends_in_the_company_s_time_zone(company: Any) -> None:
    row = the_company()
    row.time_zone = "America/New_York"
    row.save()
    assert end_of_day(DAY) == datetime(2024, 8, 16, 4, tzinfo=UTC)


def test_partitions_are_made_for_this_month_and_the_next(company: Any) -> None:
    make_partitions(first=date(2031, 12, 31), last=date(2032, 1, 1))
    make_partitions(first=date(2031, 12, 31), last=date(2032, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pipeline_snapshot_2031_12'), to_regclass('pipeline_snapshot_2032_01')")
        assert all(cursor.fetchone())


def test_nights_before_the_first_real_one_are_reconstructed_from_dates(company: Any) -> None:
    product = company.product()
    ListPrice.objects.create(product=product, currency_id="USD", price=99, valid_from=date(2020, 1, 1))
    plain = {"created_on": date(2024, 7, 1), "product": product}
    company.deal("still open", amount=None, expected_close_on=date(2024, 9, 1), **plain)
    company.deal("won", stage="Won", amount=Decimal(80), closed_on=date(2024, 7, 20), **plain)
    company.deal("undated", **plain)
    snapshot_day(on=date(2024, 7, 30))
    run = reconstruct_nights(first=date(2024, 7, 2), last=date(2024, 8, 30))
    days = SnapshotNight.objects.filter(is_reconstructed=True).order_by("day").values_list("day", "deals")
    assert list(days) == [(date(2024, 7, 2), 2), (date(2024, 7, 9), 2), (date(2024, 7, 16), 2), (date(2024, 7, 23), 1)]
    row = kept(date(2024, 7, 9))["won"]
    assert (row.amount_minor, row.status, row.is_reconstructed) == (9900, "open", True)
    assert Stage.objects.get(pk=row.stage_id).name == "Discovery"
    assert kept(date(2024, 7, 9))["still open"].amount_minor is None  # a blank amount is never filled
    assert run.counts == {"nights": 4, "deals": 7, "undated": 1}
    assert reconstruct_nights(first=date(2024, 7, 2), last=date(2024, 8, 30)).counts == run.counts
    assert kept(date(2024, 7, 30)).keys() == {"still open", "undated"}


def test_a_deal_closed_since_is_reconstructed_at_the_list_prices_of_its_lines(company: Any) -> None:
    product, other = company.product(), company.product("Service")
    ListPrice.objects.create(product=product, currency_id="USD", price=99, valid_from=date(2020, 1, 1))
    deal = company.deal("won", stage="Won", created_on=date(2024, 7, 1), closed_on=date(2024, 7, 20), product=product)
    OpportunityLine.objects.create(opportunity=deal, product=product, quantity=10, unit_price=80)
    OpportunityLine.objects.create(opportunity=deal, product=other, quantity=2, unit_price=5)  # quoted, not listed
    reconstruct_nights(first=date(2024, 7, 2), last=date(2024, 7, 2))
    assert kept(date(2024, 7, 2))["won"].amount_minor == 100_000  # 10 x 99.00 + 2 x 5.00


def test_the_night_by_hand_runs_every_step(company: Any, capsys: pytest.CaptureFixture[str]) -> None:
    company.deal()
    yesterday = company_day(timezone.now()) - timedelta(days=1)
    call_command("nightly")
    told = capsys.readouterr().out
    assert f"Snapshot of {formats.day(yesterday)}: 1 open deal kept." in told
    assert "1 deals checked. No drift." in told
    assert SnapshotNight.objects.get().day == yesterday
    call_command("nightly", "--on", "2024-08-15")
    assert Run.objects.filter(kind="nightly", params__on="2024-08-15", state="succeeded").count() == 1
    with pytest.raises(CommandError, match="no day"):
        call_command("nightly", "--on", "15.8.2024")
