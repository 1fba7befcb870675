"""The records of the bench: accounts, contacts, deals, activities, targets. One seed: the same rows every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.crm.filling import fill
from bench.crm.people import CURRENCY_OF_REGION, Tree

SEGMENTS = ("Enterprise", "Mid-market", "Small", "Public sector")
WORDS = ("Arm", "Cell", "Line", "Gripper", "Vision", "Service", "Retrofit", "Cobot", "Palletiser", "Welding", "Upgrade")
SYLLABLES = ("ac", "bel", "cor", "dyn", "ex", "flu", "gen", "hy", "ion", "jet", "kin", "lux", "mer", "nov", "or", "pra")
KINDS = ("Robotics", "Systems", "Foods", "Automotive", "Pharma", "Logistics", "Steel", "Textiles", "Labs", "Energy")
DAYS_BACK = 1200
_BIG = ("Arms", "Cells", "Software", "Service", "Vision", "Parts")


def make_catalogue(today: date) -> None:
    from core.models import FxRate
    from pipeline.models import Competitor, LossReason, Product

    fill(Product, ("name", "family"), ((f"Product {n}", _BIG[n % len(_BIG)]) for n in range(40)))
    for name in ("Incumbent", "Budget", "Scope", "Lost touch"):
        LossReason.objects.get_or_create(name=name)
    for name in ("Apex", "Borealis", "Cobalt", "Delta"):
        Competitor.objects.get_or_create(name=name)
    for code, rate in (("EUR", "1.09"), ("GBP", "1.27"), ("JPY", "0.0067")):
        for year in range(today.year - 5, today.year + 2):
            until = date(year + 1, 1, 1)
            FxRate.objects.create(currency_id=code, rate=rate, valid_from=date(year, 1, 1), valid_to=until)


def company_name(number: int) -> str:
    parts = [SYLLABLES[number >> shift & 15] for shift in (0, 4, 8, 12)]
    return f"{''.join(parts).capitalize()} {KINDS[number % 10]} {number}"


def make_accounts(tree: Tree, count: int) -> None:
    from accounts.models import Account, AccountOwnership, Contact

    chance, reps = random.Random(3), tree.reps
    owners = [chance.choice(reps) for _number in range(count)]
    rows = (
        (
            n + 1,
            company_name(n),
            owners[n],
            SEGMENTS[n % 4],
            KINDS[n % 10],
            f"c{n}.example",
            n // 40 or None if n % 20 == 0 else None,
        )
        for n in range(count)
    )
    columns = ("id", "name", "owner_id", "segment", "industry", "domain", "parent_id")
    fill(Account, columns, rows, count=count)
    since = tree.today - timedelta(days=DAYS_BACK)
    fill(AccountOwnership, ("account_id", "person_id", "valid_from"), ((n + 1, o, since) for n, o in enumerate(owners)))
    contacts = (
        (f"Contact {n} Person", n % count + 1, f"contact{n}@c{n % count}.example", owners[n % count])
        for n in range(count * 3 // 2)
    )
    fill(Contact, ("name", "account_id", "email", "owner_id"), contacts, count=count)


def make_deals(tree: Tree, size: int, accounts: int) -> None:
    from pipeline.models import Opportunity

    columns = (
        *(
            "id",
            "name",
            "external_id",
            "account_id",
            "owner_id",
            "type",
            "process_id",
            "stage_id",
            "status",
            "category",
        ),
        *(
            "currency_id",
            "amount",
            "product_id",
            "source",
            "created_on",
            "stage_since",
            "expected_close_on",
            "closed_on",
        ),
        *("pushed_count", "next_step", "next_step_due_on", "loss_reason_id", "competitor_id", "last_activity_at"),
    )
    fill(Opportunity, columns, _deals(tree, size, accounts), count=size)


def _deals(tree: Tree, size: int, accounts: int) -> Iterator[tuple[Any, ...]]:
    from pipeline.models import LossReason, Stage

    chance, reps, today = random.Random(7), tree.reps, tree.today
    stages = list(Stage.objects.filter(process__is_default=True).order_by("position"))
    opens = [stage for stage in stages if stage.status == "open"]
    won, lost = (next(stage for stage in stages if stage.status == status) for status in ("won", "lost"))
    reasons = list(LossReason.objects.values_list("pk", flat=True))
    day = timedelta(days=1)
    for number in range(1, size + 1):
        luck = chance.random()
        created = today - chance.randrange(DAYS_BACK) * day
        close = created + (20 + int(chance.expovariate(1 / 80))) * day
        is_open = close > today or luck < 0.03
        stage = chance.choice(opens) if is_open else won if luck < 0.40 else lost
        owner = chance.choice(reps) if luck < 0.995 else None
        amount = None if 0.5 < luck < 0.51 else f"{int(chance.lognormvariate(9.5, 1.1))}.{number % 100:02}"
        account = chance.randrange(accounts)
        touched = min(today, created + chance.randrange(200) * day)
        yield (
            *(number, f"{WORDS[number % 11]} {WORDS[number // 11 % 11]} for {company_name(account)}", f"X{number:09}"),
            *(account + 1, owner, ("new", "new", "expansion", "renewal")[number % 4], stage.process_id, stage.pk),
            *(stage.status, stage.category, CURRENCY_OF_REGION[tree.region[owner]] if owner else "USD", amount),
            *(
                chance.randrange(40) + 1,
                ("Web", "Partner", "Event", "")[number % 4],
                created,
                min(today, created + 10 * day),
            ),
            *(None if is_open and luck > 0.97 else close, None if is_open else close, int(chance.expovariate(1.2))),
            *(
                "Call the buyer" if is_open and luck < 0.8 else "",
                today + chance.randrange(-9, 20) * day if is_open else None,
            ),
            *(chance.choice(reasons) if stage == lost and luck < 0.9 else None, number % 5 or None),
            f"{touched}T12:00:00Z",
        )


def make_activities(tree: Tree, count: int, deals: int, accounts: int) -> None:
    from pipeline.models import Activity

    chance, reps = random.Random(5), tree.reps
    noon = datetime(tree.today.year, tree.today.month, tree.today.day, 12, tzinfo=UTC)
    rows = (_activity(n, chance, reps, deals, accounts, noon) for n in range(count))
    columns = ("kind", "subject_kind", "subject_id", "account_id", "owner_id", "title", "happened_at", "due_on")
    fill(Activity, columns, rows, count=count)


def _activity(number: int, chance: random.Random, reps: list[int], deals: int, accounts: int, noon: datetime) -> Any:
    """Every seventh is a task that waits, the others were held."""
    is_task = number % 7 == 0
    held = None if is_task else noon - timedelta(hours=chance.randrange(24 * 900))
    due = noon.date() + timedelta(days=chance.randrange(-20, 30)) if is_task else None
    about = (chance.randrange(deals) + 1, chance.randrange(accounts) + 1, chance.choice(reps))
    title = f"Talked about {WORDS[number % 11]}"
    return "task" if is_task else "call", "opportunity", *about, title, held, due


def make_targets(tree: Tree) -> None:
    """Of this year's quarters and the last's: the company, its regions and teams, and every rep."""
    from core.models import FiscalPeriod
    from people.models import Team
    from quotas.models import Target

    years = (str(tree.today.year - 1), str(tree.today.year))
    quarters = [p for p in FiscalPeriod.objects.filter(kind="quarter") if p.key[:4] in years]
    teams = list(Team.objects.values_list("pk", "kind"))
    held = [("company", 0, 900_000_000)]
    held += [("team", pk, 90_000_000 if kind == "region" else 6_000_000) for pk, kind in teams]
    held += [("person", rep, 200_000) for rep in tree.reps]
    since = tree.today - timedelta(days=DAYS_BACK)
    rows = ((period.pk, kind, pk, amount, since) for period in quarters for kind, pk, amount in held)
    fill(Target, ("period_id", "holder_kind", "holder_id", "amount", "valid_from"), rows)


def age_deals(tree: Tree) -> int:
    """What happened since last week's night: some open deals grew, slipped or got a step. Returns how many."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE pipeline_opportunity SET amount = amount * 1.1, version = version + 1,
                 expected_close_on = CASE WHEN id %% 3 = 0 THEN expected_close_on + 30 ELSE expected_close_on END,
                 pushed_count = pushed_count + (id %% 3 = 0)::integer
               WHERE status = 'open' AND id %% 23 = 0 AND created_on < %s""",
            [tree.today - timedelta(days=10)],
        )
        return int(cursor.rowcount)
