"""A statement: the ledger's figures to the cent, lines with their calculation, and nobody else's pay."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compensation import services
from compensation.kernel.overlay import overlaid
from compensation.models import LedgerEntry, PayeeResult, Statement
from compensation.selectors import statement_lines
from compensation.selectors.places import place_of_month, place_of_statement
from compensation.selectors.statement_lines import Reader, lines_page
from compensation.selectors.statement_pages import page_of
from compensation.selectors.statements import get_month_for, hash_of_month, labels_of, versions_in
from compensation.selectors.telling import story_of
from compensation.selectors.what_if import what_if
from tests.compensation.pay_desk import NOW, PayDesk, released
from tests.small_company import AS_OF

pytestmark = pytest.mark.django_db
HOLD = {
    "measure": "bookings", "hold": {"share": "20%", "months": 1},
    "pays": {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]},
}  # fmt: skip


@pytest.fixture
def in_august() -> Iterator[None]:
    """Pages that ask for the day are asked while the plan holds."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def told(desk: PayDesk) -> Statement:
    """January: 4,000 and 8,000 on a quota of 10,000, a fifth held back."""
    deal = desk.company.deal("Corvid Foods", amount=Decimal(8000))
    version = desk.plan(components={"commission": HOLD})
    desk.quota("10000")
    desk.keep(
        version,
        desk.credit("A", "4000", "2024-01-10"),
        desk.credit("B", "8000", "2024-01-20", deal_id=deal.pk, factor="100%"),
    )
    run = desk.closed("2024-01")
    return released(run, services.payee_of(desk.ana).pk)


def page(told: Statement, user: Any) -> Any:
    return page_of(place_of_statement(told), Reader(user, AS_OF))


def test_it_adds_up_and_is_the_ledger(desk: PayDesk, told: Statement) -> None:
    shown = page(told, desk.company.rep.user)
    (sums,) = shown.summaries
    # 1,000 at 10 % and 2,000 above at 20 %: 1,400; a fifth of it held back
    assert (sums.earned, sums.moved, sums.paid, sums.held, sums.owed) == (140000, -28000, 112000, 28000, 0)
    parts = [part.amount for part in sums.parts if not part.is_sum]
    assert sum(parts) == sums.paid == -LedgerEntry.objects.filter(stage=12).aggregate(all=Sum("amount_minor"))["all"]
    assert sum(one.payable for one in shown.lines.groups) == sums.paid and shown.count == 2
    (month,) = shown.ledger
    assert (month.earned, month.held, month.paid) == (140000, -28000, 112000) and shown.ledger_total == month
    (bookings,) = shown.reached
    assert bookings.attainment == 120 and bookings.quota == 1000000 and bookings.credited == 1200000


def test_a_line_is_told_step_by_step_to_what_is_paid(desk: PayDesk, told: Statement) -> None:
    month = place_of_statement(told).month
    labels = labels_of(versions_in(month))
    reader = Reader(desk.company.rep.user, AS_OF)
    line = lines_page(month, labels, reader).groups[1]
    assert line.source.words == "Corvid Foods" and line.source.url and line.rate == 12.5
    story = story_of(month, line, labels)
    said = [(one.label, one.amount, one.clause.words if one.clause else "") for one in story.steps]
    assert said == [
        ("Credit", None, ""), ("Measure", None, "Measure 1"), ("Tier 1", 60000, "Clause 1a"),
        ("Tier 2", 40000, "Clause 1b"), ("Earned", 100000, ""), ("Held back", -20000, ""), ("Payable", 80000, ""),
    ]  # fmt: skip
    assert story.steps[1].text == "Bookings 2024: $4,000.00 → $12,000.00"
    assert story.steps[1].detail == "40.0% → 120.0% of the quota of $10,000.00" and story.steps[1].note == "+80.0 pts"
    assert story.steps[2].text == "$6,000.00 at 10%" and story.steps[2].detail == "Up to $10,000.00"
    adds = [one.amount for one in story.steps if one.amount is not None and not one.is_sum]
    assert sum(adds) == line.payable
    assert "Tier 2: $2,000.00 at 20%; The highest tier [Clause 1b]  $400.00" in story.plain()


@pytest.mark.parametrize(
    "pays",
    [
        {"rate": "7.77%"},
        {"each": "33.33"},
        {"bands": [{"from": 0, "up_to": 5000, "rate": "3.333%"}, {"from": 5000, "rate": "7.777%"}]},
        {"tiers": [{"up_to": "33%", "rate": "3.33%", "on": "all"}, {"rate": "6.66%", "on": "all"}]},
        {"curve": {"points": [["0%", "0%"], ["100%", "100%"], ["200%", "300%"]]}, "of": "777.77"},
        {"choose": [{"when": "attainment(bookings) > 50%", "pays": {"rate": "9.99%"}}, {"pays": {"rate": "1%"}}]},
        {"contest": ["777.77", 100]},
    ],
)
def test_the_steps_of_any_schedule_add_up(desk: PayDesk, pays: dict[str, Any]) -> None:
    then = [{"multiply": "1.0333"}, {"cap": {"amount": "700.01", "per": "credit"}}]
    component = {"measure": "bookings", "pays": pays} | ({} if "curve" in pays else {"then": then})
    version = desk.plan(measures={"bookings": {"over": "month"}}, components={"commission": component})
    desk.quota("10000", period="2024-01")
    amounts = ["3333.33", "8.01", "7777.77", "0.01", "1999.99"]
    desk.keep(version, *(desk.credit(f"K{number}", one, f"2024-01-1{number}") for number, one in enumerate(amounts)))
    told = released(desk.closed("2024-01"), services.payee_of(desk.ana).pk)
    month = place_of_statement(told).month
    labels, reader = labels_of(versions_in(month)), Reader(desk.company.rep.user, AS_OF)
    groups = list(statement_lines.all_groups(month, labels, reader))
    assert groups
    for line in groups:
        story = story_of(month, line, labels)
        assert sum(one.amount or 0 for one in story.steps if not one.is_sum) == line.payable, story.plain()


def test_what_changed_says_of_which_month(desk: PayDesk, told: Statement) -> None:
    version = versions_in(place_of_statement(told).month).popitem()[1]
    desk.add(version, desk.credit("late", "1000", "2024-01-15"), desk.credit("C", "100", "2024-02-02"))
    february = released(desk.closed("2024-02"), told.payee_id)
    shown = page(february, desk.company.rep.user)
    (before,) = shown.earlier
    # at 20 % now, a fifth held back of it in January, which is let go in February beside the rest
    assert (before.earned_in.isoformat(), before.amount, before.currency) == ("2024-01-01", 16000, "USD")
    late = [one for one in shown.lines.groups if one.is_late]
    assert late and all(one.earned_in.isoformat() == "2024-01-01" for one in late)
    assert sum(one.payable for one in shown.lines.groups) == shown.summaries[0].paid
    assert [one.period.starts_on.month for one in shown.ledger] == [2, 1]


def test_what_was_posted_before_is_named_in_the_trace(desk: PayDesk, told: Statement) -> None:
    """The late credit moves A's slice into another tier? No: it comes before B, whose slices change."""
    version = versions_in(place_of_statement(told).month).popitem()[1]
    desk.add(version, desk.credit("late", "1000", "2024-01-15"))
    february = released(desk.closed("2024-02"), told.payee_id)
    month = place_of_statement(february).month
    labels, reader = labels_of(versions_in(month)), Reader(desk.company.rep.user, AS_OF)
    groups = lines_page(month, labels, reader).groups
    changed = next(one for one in groups if one.source.words == "Corvid Foods" and 1 in one.stages)
    story = story_of(month, changed, labels)
    # B earned 1,000.00 in January; now 5,000 at 10 % and 3,000 at 20 %
    assert [one.amount for one in story.steps if one.label == "Earned"] == [110000]
    assert [one.amount for one in story.steps if one.label == "Posted before"] == [-100000]
    assert sum(one.amount or 0 for one in story.steps if not one.is_sum) == changed.payable


def test_the_page_opens_a_line_and_pages_its_lines(
    desk: PayDesk, told: Statement, signed_in: Callable[..., Client], monkeypatch: Any
) -> None:
    client = signed_in(desk.company.rep)
    answer = client.get(told.get_absolute_url())
    text = answer.content.decode()
    assert answer.status_code == 200 and "$1,120.00" in text and "You are paid on" in text
    line = page(told, desk.company.rep.user).lines.groups[1]
    opened = client.get(reverse("compensation:statement_line", args=[told.pk, line.id]), headers={"hx-request": "true"})
    assert "Clause 1b" in opened.content.decode() and "<main" not in opened.content.decode()
    alone = client.get(reverse("compensation:statement_line", args=[told.pk, line.id]))
    assert "<main" in alone.content.decode()
    rates = client.get(reverse("compensation:statement_rates", args=[told.pk])).content.decode()
    assert "You are here" in rates and "This is the highest tier." in rates and "<svg" in rates
    monkeypatch.setattr(statement_lines, "PAGE_LINES", 1)
    first = page(told, desk.company.rep.user).lines
    second = page_of(place_of_statement(told), Reader(desk.company.rep.user, AS_OF), after=first.after).lines
    assert [one.id for one in first.groups] != [one.id for one in second.groups] and not second.after
    back = page_of(place_of_statement(told), Reader(desk.company.rep.user, AS_OF), before=second.before).lines
    assert [one.id for one in back.groups] == [one.id for one in first.groups]


def test_seen_once_and_acknowledged_as_it_was_seen(
    desk: PayDesk, told: Statement, signed_in: Callable[..., Client]
) -> None:
    signed_in(desk.finance).get(told.get_absolute_url())
    told.refresh_from_db()
    assert told.seen_at is None
    client = signed_in(desk.company.rep)
    client.get(told.get_absolute_url())
    told.refresh_from_db()
    assert told.seen_at is not None
    url = reverse("compensation:statement_acknowledge", args=[told.pk])
    assert "has changed" in client.post(url, {"seen": "0" * 64}, follow=True).content.decode()
    seen = hash_of_month(place_of_statement(told).month)
    client.post(url, {"seen": seen})
    told.refresh_from_db()
    assert told.acknowledged_hash == seen and told.acknowledged_at is not None
    with pytest.raises(services.NotAllowed):
        services.acknowledge_statement(statement=told, seen=seen, by=desk.finance, at=NOW)


def test_csv_and_pdf_hold_the_same_figures(desk: PayDesk, told: Statement, signed_in: Callable[..., Client]) -> None:
    client = signed_in(desk.company.rep)
    answer = client.get(reverse("compensation:statement_csv", args=[told.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]  # -- it streams
    assert sum(Decimal(row["Payable"]) for row in rows) == Decimal("1120.00")
    assert [row["Source"] for row in rows] == ["A", "Corvid Foods"]
    pdf = client.get(reverse("compensation:statement_pdf", args=[told.pk]))
    assert pdf.status_code == 200 and "attachment" in pdf["Content-Disposition"]
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]  # -- it streams


def test_nobody_sees_anothers(desk: PayDesk, told: Statement, signed_in: Callable[..., Client]) -> None:
    line = LedgerEntry.objects.filter(stage=1).first()
    assert line is not None
    mine = [reverse(f"compensation:statement{part}", args=[told.pk]) for part in ("", "_rates", "_csv", "_dispute")]
    mine.append(reverse("compensation:statement_line", args=[told.pk, line.pk]))
    months = [reverse("compensation:payee_period", args=[told.payee_id, told.period_id])]
    months.append(reverse("compensation:payee_csv", args=[told.payee_id, told.period_id]))
    company = desk.company
    for other in (company.outsider, company.manager, company.vp, company.ops, company.admin):
        client = signed_in(other)
        assert {client.get(url).status_code for url in [*mine, *months]} == {404}, other.person
        assert "Corvid" not in client.get(reverse("compensation:statements")).content.decode()
    for keeper in (desk.finance, desk.admin):
        client = signed_in(keeper)
        assert {client.get(url).status_code for url in [*mine[:3], *months]} == {200}
    assert {signed_in(company.rep).get(url).status_code for url in months} == {404}


def test_a_month_that_is_not_posted_shows_to_keepers_alone(desk: PayDesk, signed_in: Callable[..., Client]) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    run = desk.calculated("2024-01")
    payee = services.payee_of(desk.ana)
    url = reverse("compensation:payee_period", args=[payee.pk, run.period_id])
    text = signed_in(desk.finance).get(url).content.decode()
    assert "$400.00" in text and "Not posted yet" in text
    assert not Statement.objects.exists()
    month = get_month_for(desk.finance, payee.pk, run.period_id)
    told = page_of(place_of_month(month), Reader(desk.finance, AS_OF))
    assert told.summaries[0].paid == 40000 and month.is_draft


def test_the_page_asks_as_much_for_a_few_lines_as_for_many(desk: PayDesk, signed_in: Callable[..., Client]) -> None:
    version = desk.plan()
    desk.quota("10000")
    counts = []
    for month, lines in (("2024-01", 2), ("2024-02", 40)):
        rows = [desk.credit(f"{month}-{number}", "10", f"{month}-05") for number in range(lines)]
        desk.add(version, *rows)
        told = released(desk.closed(month), services.payee_of(desk.ana).pk)
        client = signed_in(desk.company.rep)
        client.get(told.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(told.get_absolute_url())
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_if_with_nothing_is_the_run(desk: PayDesk, told: Statement) -> None:
    run = place_of_statement(told).month.run
    assert run is not None
    (same,) = what_if(run, told.payee, [], AS_OF)
    result = PayeeResult.objects.get(run=run, payee=told.payee)
    assert same.earned == same.earned_before == result.earned_minor and same.added == 0
    assert [one.after for one in same.measures] == [120.0]


def test_what_if_adds_what_the_run_would_pay(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "9000", "2024-01-10"))
    told = released(desk.closed("2024-01"), services.payee_of(desk.ana).pk)
    run = place_of_statement(told).month.run
    assert run is not None
    given = {"expected_close_on": AS_OF.replace(month=9)}
    deals = [
        desk.company.deal("First", amount=Decimal(2000), **given),
        desk.company.deal("Next", amount=Decimal(500), **given),
    ]
    (found,) = what_if(run, told.payee, deals, AS_OF)
    # 1,000 at 10 %, 1,000 and 500 at 20 %
    assert found.added == 10000 + 20000 + 10000 and found.deals == 2
    assert [(one.before, one.after) for one in found.measures] == [(90.0, 115.0)]
    assert found.rates == (("Commission", "10%", "20%"),)
    # the same deals as credits of a run
    desk.add(version, desk.credit("First", "2000", "2024-09-15"), desk.credit("Next", "500", "2024-09-15"))
    for month in range(2, 10):
        last = desk.closed(f"2024-{month:02d}")
    assert PayeeResult.objects.get(run=last, payee=told.payee).earned_minor == found.added


def test_an_overlay_of_nothing_changes_nothing(desk: PayDesk, told: Statement) -> None:
    from compensation.selectors.traces import recalculated

    month = place_of_statement(told).month
    assert month.run is not None
    loaded = recalculated(month.run, next(iter(versions_in(month).values())), [told.payee_id]).loaded
    assert overlaid(loaded.inputs.credits, []) is loaded.inputs.credits


@pytest.mark.usefixtures("in_august")
def test_the_what_if_page_and_the_start_page_card(
    desk: PayDesk, told: Statement, signed_in: Callable[..., Client]
) -> None:
    desk.company.deal("Still open", amount=Decimal(1000))
    client = signed_in(desk.company.rep)
    shown = client.get(reverse("compensation:what_if") + "?all=1").content.decode()
    assert "Still open" in shown and "Corvid Foods" not in shown  # which is credited already
    assert "Then you would earn" in shown and "+$200.00" in shown
    card = client.get(reverse("compensation:pay_today"), headers={"hx-request": "true"}).content.decode()
    assert "$1,120.00" in card and "1 statement to review" in card
    nothing = signed_in(desk.company.outsider).get(reverse("compensation:what_if")).content.decode()
    assert "No month is posted yet" in nothing


def test_a_deal_shows_ones_own_commission(desk: PayDesk, told: Statement, signed_in: Callable[..., Client]) -> None:
    from pipeline.models import Opportunity

    deal = Opportunity.objects.get(name="Corvid Foods")
    url = reverse("compensation:deal_commission", args=[deal.pk])
    assert "$1,000.00" in signed_in(desk.company.rep).get(url).content.decode()
    assert "Ana Alves" in signed_in(desk.finance).get(url).content.decode()
    assert signed_in(desk.company.manager).get(url).status_code == 404
    assert "commission" not in signed_in(desk.company.manager).get(deal.get_absolute_url()).content.decode()
    assert url in signed_in(desk.company.rep).get(deal.get_absolute_url()).content.decode()
