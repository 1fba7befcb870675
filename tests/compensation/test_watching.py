"""The night of pay: quiet while all is well, loud when an entry was slipped in; months open ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from compensation import services
from compensation.models import Credit, LedgerEntry, PayPeriod
from core import jobs
from core.models import Notification, Run
from core.runs import RunFailed
from tests.compensation.pay_desk import PayDesk

pytestmark = pytest.mark.django_db


def closed(desk: PayDesk) -> Any:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    return desk.closed("2024-01")


def test_it_says_that_all_is_well_and_opens_months_ahead(desk: PayDesk) -> None:
    closed(desk)
    jobs.registered["compensation.nightly"](on="2024-08-15")
    night = Run.objects.get(kind="compensation.watch")
    assert night.state == "succeeded" and night.counts == {"periods": 10, "unbalanced": 0}
    assert PayPeriod.objects.order_by("-starts_on").values_list("starts_on", flat=True)[0] == date(2024, 10, 1)


def test_without_a_plan_no_month_is_opened(company: Any) -> None:
    services.watch_pay(on=date(2024, 8, 15))
    assert not PayPeriod.objects.exists()


def test_an_entry_that_was_slipped_in_raises_the_alarm(desk: PayDesk) -> None:
    run = closed(desk)
    entry = LedgerEntry.objects.filter(run=run).values().order_by("pk")[0]
    columns = ", ".join(entry)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO compensation_lines_{run.pk} ({columns}) VALUES ({', '.join(['%s'] * len(entry))})",
            list((entry | {"id": entry["id"] + 500}).values()),
        )
    with pytest.raises(RunFailed, match="Entries of 1 payees"):
        services.watch_pay(on=date(2024, 8, 15))
    night = Run.objects.get(kind="compensation.watch")
    assert night.state == "failed" and night.log.count() == 1
    told = set(Notification.objects.filter(kind="pay_alarm").values_list("user_id", flat=True))
    assert told == {desk.admin.pk, desk.second.pk, desk.finance.pk}


def test_a_posted_run_whose_inputs_were_touched_raises_the_alarm(desk: PayDesk) -> None:
    closed(desk)
    Credit.objects.update(pay_minor=1)  # nothing of ours does this
    with pytest.raises(RunFailed, match="something else"):
        services.watch_pay(on=date(2024, 8, 15))
    assert Notification.objects.filter(kind="pay_alarm").count() == 3


def test_the_checks_of_a_run_tell_a_calculator_that_differs(desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = desk.calculated("2024-01")
    assert set(Run.objects.filter(kind="compensation.compare_run").values_list("state", flat=True)) == {"succeeded"}
    Credit.objects.update(quota_minor=9_000_000)
    monkeypatch.setattr(
        "compensation.services.checking.compare_with_interpreter",
        lambda *args: services.verifying.Compared(1, 2, ("P commission 1 0",)),
    )
    services.start_checks(run=run, by=desk.admin)
    desk.run_jobs()
    newest = Run.objects.filter(kind="compensation.compare_run").order_by("-pk")[0]
    assert newest.state == "failed" and newest.counts["wrong"] == 1 and newest.log.count() == 1
    assert Run.objects.filter(kind="compensation.verify_run").order_by("-pk")[0].state == "failed"
