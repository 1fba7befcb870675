"""The demo company at a small scale: it is whole, believable, the same each time, and made only where it is wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Account
from core.enums import RunState
from core.kernel.periods import FiscalCalendar
from core.models import Company, Job, Run
from core.services import lay_out_periods
from integrations import demo
from integrations.demo import first_start, goals, logins, roster, story
from integrations.demo.lives import LOST, WON
from integrations.demo.story import Story
from integrations.models import ImportFile
from orders.models import Contract, Invoice, Order, Payment, Quote
from people.models import Occupancy, Person, PersonPay, Position, User
from pipeline.models import Activity, Finding, HygieneScore, Opportunity, SnapshotNight
from pipeline.selectors.cube import Question
from pipeline.selectors.waterfall import waterfall
from quotas.selectors import targets_for_people
from territories.selectors import above, holders_of, territory_of
from tests.integrations.pay_of_demo import PAY_CONTENTS, pay_is_whole

AT = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCALE = 0.06


@pytest.fixture
def few_nights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "WEEKS_SYNCED", 2)
    monkeypatch.setattr(story, "DAYS_PLAYED", 6)


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


def _make() -> Run:
    lay_out_periods(company=Company.objects.get_or_create(pk=1)[0], first=2023, last=2028)
    return demo.make_now(at=AT, scale=SCALE)


# ---- the story


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2026, 10, 1), date(2027, 2, 28)])
def test_figures_of_the_story_are_believable_on_any_day(today: date) -> None:
    told = Story(today)
    closed = [life for life in told.deals if life.closed and life.closed.day <= today]
    won = [life for life in closed if life.closed and life.closed.values["stage"] == WON]
    still_open = [life for life in told.deals if not life.closed or life.closed.day > today]
    cycles = [(life.closed.day - life.on(today)["engaged_on"]).days for life in won if life.closed]

    assert 2_500 <= len(told.deals) <= 4_000
    assert 800 <= len(told.market) <= 950
    assert 0.25 <= len(won) / len(closed) <= 0.35
    assert 60 <= sum(cycles) / len(cycles) <= 90
    assert 300 <= len(still_open) <= 500


def test_regions_end_their_quarters_between_70_and_115_percent() -> None:
    told = Story(TODAY)
    sold = goals._sold(told.deals, told.organisation, told.quarters)
    over = {quarter.key for quarter in told.quarters if quarter.end <= TODAY}
    regions = [goal for goal in told.goals if goal.period in over and goal.holder in roster.REGIONS]

    attained = [
        sum(amount for team, amount in sold[goal.period].items() if team.startswith(goal.holder)) / goal.amount
        for goal in regions
    ]

    assert len(attained) == 4 * len(over)
    assert min(attained) >= 0.70
    assert max(attained) <= 1.15


def test_goals_of_regions_add_up_to_the_company() -> None:
    by_period: dict[str, dict[str, int]] = {}
    for goal in Story(TODAY, 0.2).goals:
        by_period.setdefault(goal.period, {})[goal.holder] = goal.amount
    for amounts in by_period.values():
        assert amounts[""] == sum(amounts[region] for region in roster.REGIONS)


def test_a_life_reads_in_order() -> None:
    """No change comes before the deal begins, nothing after it closes, and lost ones were never won."""
    for life in Story(TODAY, 0.3).deals:
        days = [change.day for change in life.changes]
        assert days == sorted(days)
        assert days[0] == life.created_on
        if life.closed:
            assert life.closed.day == days[-1]
            assert life.closed.values["stage"] in (WON, LOST)


def test_every_day_a_seat_has_at_most_one_holder() -> None:
    for seat in Story(TODAY).organisation.reps:
        for before, after in zip(seat.holdings, seat.holdings[1:], strict=False):
            assert before.end is not None
            assert before.end <= after.start


# ---- the company made of it


def test_the_small_company_is_whole_and_the_same_each_time(db: None, home: Path, few_nights: None) -> None:
    """One test, because each making takes a while."""
    hashes = []
    for check in (_is_whole, lambda run: None):
        with _taken_back():
            check(_make())
            hashes.append(content_hash())
    assert hashes[0] == hashes[1]


def _is_whole(run: Run) -> None:
    assert run.state == RunState.SUCCEEDED, run.error
    assert Opportunity.objects.exclude(external_id=None).count() == len(Story(TODAY, SCALE).deals)
    _every_file_was_taken_whole()
    _played_acts_are_signed_on_their_days()
    _nights_left_findings()
    _won_deals_have_their_orders()
    _the_last_weeks_moved_the_pipeline()
    _reorganisations_are_dated()
    _every_account_has_a_territory()
    _reps_have_two_years_of_targets()
    _everybody_in_sales_is_paid_while_they_are_here()
    pay_is_whole(AT)
    _imports_and_second_start_change_nothing()


@contextmanager
def _taken_back() -> Iterator[None]:
    """Whatever is made inside is undone."""
    point = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(point)


def _every_file_was_taken_whole() -> None:
    files = list(ImportFile.objects.all())
    assert len(files) > 12
    assert {file.state for file in files} == {"imported"}
    assert sum(file.counts.get("rejected", 0) + file.counts.get("waiting", 0) for file in files) == 0


def _played_acts_are_signed_on_their_days() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.pgh_created_at, c.metadata->>'user', c.metadata ? 'import'
               FROM pipeline_opportunityevent e JOIN pghistory_context c ON c.id = e.pgh_context_id"""
        )
        rows = cursor.fetchall()
    by_hand = [(at, user) for at, user, is_import in rows if user and not is_import]
    assert all(at <= AT for at, _user, _is_import in rows)
    assert len({at.date() for at, _user in by_hand}) > 1
    assert len({user for _at, user in by_hand}) > 2
    assert Activity.objects.filter(happened_at__gte=AT - timedelta(days=5)).exists()
    assert not Activity.objects.filter(happened_at__gt=AT).exists()


def _nights_left_findings() -> None:
    found = set(Finding.objects.filter(resolved_on=None).values_list("rule__key", flat=True))
    assert {"no_next_step", "no_contact", "stale"} <= found
    assert SnapshotNight.objects.filter(is_reconstructed=False).count() == 3 + 5
    assert SnapshotNight.objects.filter(is_reconstructed=True).count() > 50
    assert HygieneScore.objects.filter(scope_kind="company").values("day").distinct().count() == 3 + 5
    night = Run.objects.get(kind="nightly")
    assert night.state == RunState.SUCCEEDED
    assert night.counts["failed"] == 0


def _every_account_has_a_territory() -> None:
    market = Account.objects.filter(external_id__startswith="NA-").exclude(external_id__endswith="-B")  # copies
    ids = list(market.values_list("pk", flat=True))
    placed = territory_of(ids, TODAY)
    assert set(placed) == set(ids)
    held = holders_of(set(placed.values()), TODAY)
    assert set(held) == set(placed.values()) and all(len(one) == 1 for one in held.values())
    assert any(holder.person_id is None for (holder,) in held.values())  # a seat is vacant
    owners = dict(market.values_list("pk", "owner"))
    sitting = {pk: held[territory][0].person_id for pk, territory in placed.items()}
    assert all(owners[pk] == person for pk, person in sitting.items() if person is not None)
    assert territory_of(ids, TODAY - timedelta(days=700)) != placed  # seats were opened since
    assert all(len(chain) == 2 for chain in above(held).values())


def _reps_have_two_years_of_targets() -> None:
    rep = Person.objects.get(name="Maya Okonjo")
    periods = {row.period_key for row in targets_for_people([rep.pk], TODAY)}
    assert len(periods) == 10 and {"2024-Q4", "2026-Q4", "2027-Q1"} <= periods


def _won_deals_have_their_orders() -> None:
    orders, invoices = Order.objects.all(), Invoice.objects.all()
    assert "fulfilled" in orders.values_list("status", flat=True)
    assert "paid" in invoices.values_list("status", flat=True)
    assert all(order.total == order.deal.amount for order in orders.select_related("deal"))
    assert Contract.objects.exists() and Quote.objects.exists() and not Payment.objects.filter(amount__lte=0).exists()


def _the_last_weeks_moved_the_pipeline() -> None:
    """Every deal that was touched explains the change of the open pipeline, to the cent."""
    question = Question(FiscalCalendar().quarter_of(TODAY), TODAY)
    found = waterfall(question, Story(TODAY).weeks[0])
    assert found.start.amount + sum(bucket.amount for bucket in found.buckets) == found.end.amount
    assert sum(bucket.deals for bucket in found.buckets) > 2


def _reorganisations_are_dated() -> None:
    leaver, follower = (Person.objects.get(name=one) for one in ("Barnaby Szekely", "Leda Marchetti"))
    assert leaver.left_on == leaver.occupancies.get().valid_to
    assert [row.position.is_manager for row in follower.occupancies.order_by("valid_from")] == [False, True]
    vacant = Position.objects.exclude(occupancies__valid_to=None)
    assert [position.title for position in vacant] == ["Account executive, West Mid-Market"]


def _everybody_in_sales_is_paid_while_they_are_here() -> None:
    """Also those who came later; from the comp admin's hand, and nobody outside the line."""
    sitting = set(Occupancy.objects.filter(valid_to=None).values_list("person", flat=True))
    rows = PersonPay.objects.all()
    assert set(rows.filter(valid_to=None).values_list("person", flat=True)) == sitting and len(sitting) > 60
    assert rows.count() > 2 * len(sitting)
    assert all(0 < row.variable < row.ote for row in rows)
    leaver = Person.objects.get(name="Barnaby Szekely")
    assert max(row.valid_to for row in leaver.pay_rows.all()) == leaver.left_on
    assert ImportFile.objects.get(kind="person_pay").uploaded_by == User.objects.get(email="comp@northwind.example")


def _imports_and_second_start_change_nothing() -> None:
    before = content_hash()
    demo.set_up(at=AT + timedelta(days=1))
    with pytest.raises(demo.DemoRefused):
        demo.make_now(at=AT, scale=SCALE)
    assert content_hash() == before


def content_hash() -> dict[str, str]:
    """A hash over what the records of each kind say, without their ids and stamps."""
    found = {}
    for sql in (*_CONTENTS, *PAY_CONTENTS):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found[sql] = hashlib.sha256(json.dumps(cursor.fetchall(), default=str).encode()).hexdigest()
    return found


_CONTENTS = (
    "SELECT name, email, external_id, hired_on, left_on FROM people_person ORDER BY external_id",
    """SELECT p.name, s.title, o.valid_from, o.valid_to FROM people_occupancy o
       JOIN people_person p ON p.id = o.person_id JOIN people_position s ON s.id = o.position_id ORDER BY 1, 3""",
    """SELECT p.name, y.valid_from, y.valid_to, y.ote, y.variable FROM people_personpay y
       JOIN people_person p ON p.id = y.person_id ORDER BY 1, 2""",
    """SELECT a.name, a.domain, a.segment, a.industry, a.city, a.employees, p.name FROM accounts_account a
       JOIN people_person p ON p.id = a.owner_id ORDER BY a.external_id""",
    "SELECT name, email, title, persona FROM accounts_contact ORDER BY external_id",
    "SELECT name, company_name, status, score, source, created_on FROM leads_lead ORDER BY external_id",
    """SELECT o.name, o.amount, o.currency_id, s.name, o.status, o.category, o.created_on, o.closed_on,
              o.expected_close_on, o.pushed_count, o.next_step, p.name, o.version
       FROM pipeline_opportunity o JOIN pipeline_stage s ON s.id = o.stage_id
       LEFT JOIN people_person p ON p.id = o.owner_id ORDER BY o.external_id, o.name, o.amount""",
    "SELECT kind, title, happened_at FROM pipeline_activity ORDER BY happened_at, title, kind",
    """SELECT f.key, t.holder_kind, t.amount FROM quotas_target t JOIN core_fiscalperiod f ON f.id = t.period_id
       ORDER BY 1, 2, 3""",
    """SELECT t.name, t.kind, p.name FROM territories_territory t
       LEFT JOIN territories_territory p ON p.id = t.parent_id ORDER BY t.external_id""",
    """SELECT a.external_id, t.external_id, x.valid_from, x.valid_to FROM territories_accountterritory x
       JOIN accounts_account a ON a.id = x.account_id JOIN territories_territory t ON t.id = x.territory_id
       ORDER BY 1, 3""",
    """SELECT t.external_id, s.title, x.valid_from FROM territories_territoryassignment x
       JOIN territories_territory t ON t.id = x.territory_id JOIN people_position s ON s.id = x.position_id
       ORDER BY 1, 3""",
    "SELECT external_id, ordered_on, total, invoiced, status FROM orders_order ORDER BY external_id",
    "SELECT external_id, starts_on, ends_on, value, status FROM orders_contract ORDER BY external_id",
    "SELECT external_id, issued_on, amount, paid, status FROM orders_invoice ORDER BY external_id",
    "SELECT external_id, returned_on, quantity, amount FROM orders_return ORDER BY external_id",
    "SELECT name, total, discount_pct, status FROM orders_quote ORDER BY name, total",
    "SELECT r.key, f.found_on, f.resolved_on, f.at_stake_minor FROM pipeline_finding f "
    "JOIN pipeline_hygienerule r ON r.id = f.rule_id ORDER BY 1, 2, 3, 4",
)


# ---- the first start


def test_a_first_start_makes_logins_and_asks_for_the_rest(
    db: None, home: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.DEMO, settings.PRODUCTION = True, False
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        demo.set_up(at=AT)
    for callback in callbacks:
        if "tell" in callback.__code__.co_names:
            callback()

    assert Company.objects.get().is_demo
    assert User.objects.count() == 9
    assert User.objects.get(email="rep@northwind.example").check_password(logins.PASSWORD)
    assert User.objects.get(email="vp@northwind.example").person.name == "Adaeze Lindholm"
    assert Job.objects.get(name="integrations.make_demo").run.state == RunState.QUEUED
    told = home / logins.FILE
    assert "vp@northwind.example" in told.read_text()
    assert told.stat().st_mode & 0o077 == 0
    assert not Opportunity.objects.exists()


def test_the_sign_in_page_offers_logins_of_the_demo_company_only(
    db: None, home: Path, settings: Any, client: Client
) -> None:
    settings.DEMO = True
    page = "/auth/login/"
    assert logins.PASSWORD not in client.get(page).text
    Company.objects.update_or_create(pk=1, defaults={"is_demo": True})
    assert client.get(page).text.count(logins.PASSWORD) == len(roster.LOGINS)
    settings.DEMO = False
    assert logins.PASSWORD not in client.get(page).text


def test_without_demo_there_is_one_login_that_may_set_up(db: None, home: Path, settings: Any) -> None:
    settings.DEMO, settings.PRODUCTION = False, False
    settings.ADMIN_EMAIL = settings.ADMIN_PASSWORD = ""
    demo.set_up(at=AT)

    user = User.objects.get()
    assert user.email == first_start.DEFAULT_ADMIN
    assert user.roles == {"admin", "sales_ops"}
    password = (home / logins.FILE).read_text().split(user.email)[1].split()[0]
    assert user.check_password(password)
    assert not Company.objects.filter(is_demo=True).exists()
    assert not Job.objects.exists()


def test_production_makes_no_login_unless_it_is_named(db: None, home: Path, settings: Any) -> None:
    settings.DEMO, settings.PRODUCTION = False, True
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "ada@example.com", ""
    demo.set_up(at=AT)
    assert not User.objects.exists()

    settings.ADMIN_PASSWORD = "a-long-secret-word"
    demo.set_up(at=AT)
    assert User.objects.get().check_password("a-long-secret-word")
    assert not (home / logins.FILE).exists()


def test_a_run_cut_off_goes_on_after_the_last_step(db: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.demo import making, selling

    lay_out_periods(company=Company.objects.get_or_create(pk=1)[0], first=2023, last=2028)
    broken = demo.DemoRefused("The lights went out.")
    parts = making.registry.demo_parts
    kept = dict(parts.entries)

    def first_parts(*, with_failure: bool) -> None:
        parts.entries.clear()
        parts.entries["people"] = kept["people"]
        parts.entries["basics"] = kept["basics"]
        if with_failure:
            monkeypatch.setattr(selling, "set_prices", _raising(broken))

    try:
        first_parts(with_failure=True)
        with pytest.raises(demo.DemoRefused):
            demo.make_now(at=AT, scale=SCALE)
        run = Run.objects.get(kind="demo")
        assert run.state == RunState.FAILED
        assert run.params["done"][-1] == "products"

        monkeypatch.undo()
        first_parts(with_failure=False)
        assert demo.make_now(at=AT, scale=SCALE).pk == run.pk
    finally:
        parts.entries.clear()
        parts.entries.update(kept)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert len(run.params["done"]) == len(set(run.params["done"]))
    assert Person.objects.filter(name="Maya Okonjo").count() == 1


def _raising(error: Exception) -> Any:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    return fail
