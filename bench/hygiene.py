"""How fast is a scan of clean data? `make bench NAME=hygiene SIZE=140000`

SIZE open deals with their accounts, contacts and owners are made in a home of their own, which goes afterwards; about
half of them fail something. Beside the scan, in the same run: the bare floor, one sequential scan that counts what each
check of deals finds. Prints the first scan (every finding is new), the next (nothing changed, as most nights), one
after a tenth of the deals changed, and what it takes to check a single deal after a save.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.home import own_home

ON = date(2024, 8, 15)
PEOPLE, ACCOUNTS_A_DEAL, ROUNDS = 5_000, 0.2, 5


def main(size: int) -> None:
    with own_home():
        _measure(size)


def _measure(size: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(size)
    from pipeline.models import Finding
    from pipeline.services import hygiene

    hygiene.lay_out_rules()

    print(f"{size:,} open deals")
    bare = min(_timed(_bare) for _round in range(ROUNDS))
    print(f"bare floor        {bare:8.3f} s  one sequential scan that counts what each check finds")
    first = _timed(lambda: _check_deals(hygiene))
    print(f"first scan        {first:8.3f} s  {Finding.objects.count():,} findings, all new")
    again = [_timed(lambda: _check_deals(hygiene)) for _round in range(ROUNDS)]
    told = f"{min(again) / bare:5.1f} x the floor, median {statistics.median(again):.3f} s"
    print(f"nothing changed   {min(again):8.3f} s  {told}")
    _sql(f"UPDATE pipeline_opportunity SET next_step = 'Call back' WHERE id % 10 = 0 AND id <= {size}")
    print(f"a tenth changed   {_timed(lambda: _check_deals(hygiene)):8.3f} s")
    print(f"scores            {_timed(lambda: _score(hygiene)):8.3f} s  of deals, people, teams, the company")
    print(f"whole night       {_timed(lambda: hygiene.check_records(on=ON)):8.3f} s  with accounts and contacts")
    one = sorted(_timed(lambda n=n: hygiene.recheck_deals(deal_ids=[1 + n * 7], on=ON)) for n in range(60))
    print(
        f"one deal          {1000 * statistics.median(one):8.1f} ms median, {1000 * one[56]:.1f} ms p95, after a save"
    )
    print(f"per 140,000 deals {min(again) * 140_000 / size:8.3f} s  the goal is 1 s on two idle cores")
    _keep_to_the_floor(scan_times_floor=min(again) / bare)


def _check_deals(hygiene: Any) -> None:
    from pipeline.services.findings import apply_deal_rules

    apply_deal_rules([rule for rule in hygiene.lay_out_rules() if hygiene.is_of_deals(rule)], on=ON)


def _score(hygiene: Any) -> None:
    from pipeline.services.findings import score_deals

    score_deals()
    hygiene.write_scores(day=ON)


def _bare() -> None:
    """What the machine needs at least: read every deal once and count by the same predicates."""
    from pipeline.services.findings import count_failing, known_rules

    count_failing(known_rules(), on=ON)


def _keep_to_the_floor(**measured: float) -> None:
    """What may not be exceeded on any machine stands in floors/hygiene.json."""
    floor = json.loads((Path(__file__).parent / "floors" / "hygiene.json").read_text())
    over = [
        f"{name} is {measured[name]:,.1f}, at most {most:,}" for name, most in floor.items() if measured[name] > most
    ]
    if over:
        sys.exit("Below the floor: " + "; ".join(over))


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _sql(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


_ROWS = """
INSERT INTO people_person (id, name, email) SELECT n, 'Rep ' || n, '' FROM generate_series(1, {people}) n;
INSERT INTO accounts_account (id, name, type, owner_id, domain, phone, segment, industry, street, city, region,
  postal_code, country, extra, version)
SELECT n, 'Account ' || md5(n::text), 'customer', 1 + n % {people}, 'account' || n || '.example', '', '', 'retail', '',
       '', '', '', 'France', '{{}}', 1 FROM generate_series(1, {accounts}) n;
INSERT INTO accounts_contact (id, name, account_id, title, persona, email, phone, mobile, extra, version)
SELECT n, 'Contact ' || n, n, '', CASE WHEN n % 3 = 0 THEN 'user' ELSE 'decision_maker' END, 'c' || n || '@a.example',
       '', '', '{{}}', 1 FROM generate_series(1, {accounts}) n;
INSERT INTO pipeline_product (id, name, family, external_id, is_recurring, is_active, extra)
VALUES (1, 'Arm 6', '', 'arm', false, true, '{{}}');
INSERT INTO pipeline_opportunity (id, name, account_id, product_id, owner_id, process_id, stage_id, status, type,
  category, amount, currency_id, expected_close_on, created_on, last_activity_at, next_step,
  next_step_due_on, pushed_count, stage_since, probability, engaged_on, source, extra, version)
SELECT n, 'Deal ' || n, CASE WHEN n % 50 > 0 THEN 1 + n % {accounts} END,
       CASE WHEN n % 15 > 0 THEN 1 END, CASE WHEN n % 90 > 0 THEN 1 + (n / 3) % {people} END,
       stage.process_id, stage.id, 'open', 'new',
       CASE WHEN n % 40 = 0 THEN 'commit' ELSE stage.category END, CASE WHEN n % 60 > 0 THEN n % 90000 + 100 END, 'USD',
       CASE WHEN n % 45 = 0 THEN NULL WHEN n % 12 = 0 THEN {day} - 30 ELSE {day} + (n % 120)::int END, {day} - 60,
       {day} - (n % 27)::int + interval '9 hours', CASE WHEN n % 6 = 0 THEN '' ELSE 'Call' END,
       CASE WHEN n % 14 = 0 THEN {day} - 3 ELSE {day} + 5 END, n % 30 / 9, {day} - 20,
       CASE WHEN n % 70 = 0 THEN 95 END, {day} - 40, '', '{{}}', 1
FROM generate_series(1, {size}) n
JOIN (SELECT *, row_number() OVER (ORDER BY position) - 1 AS place, count(*) OVER () AS places
      FROM pipeline_stage WHERE status = 'open') stage ON stage.place = n % stage.places;
INSERT INTO pipeline_opportunitycontact (opportunity_id, contact_id, persona)
SELECT n, 1 + n % {accounts}, '' FROM generate_series(1, {size}) n WHERE n % 20 > 0;
ANALYZE;
"""


def _fill(size: int) -> None:
    accounts = max(int(size * ACCOUNTS_A_DEAL), 10)
    _sql(_ROWS.format(size=size, people=PEOPLE, accounts=accounts, day=f"DATE '{ON}'"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 140_000)
