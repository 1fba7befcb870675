"""The same questions as the best statements one could write by hand: what the database alone needs for them.

Written for the tables as they are, with the ids of whom one sees already known, and without names, rights or figures
of the kind "compared with": a floor, not a page.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import Any

from bench.crm.visits import Seen

TIMES = 20
_MINE = "owner_id = ANY(%(owners)s)"
_COLUMNS = """o.id, o.name, o.amount, o.currency_id, o.status, o.stage_id, o.owner_id, o.account_id, o.version,
  o.expected_close_on, o.closed_on"""
# A small line is read owner by owner, each in the order of its index; who sees all takes the order of the whole table.
_LIST_OF_FEW = f"""SELECT {_COLUMNS} FROM unnest(%(owners)s::bigint[]) one(id) CROSS JOIN LATERAL (
  SELECT * FROM pipeline_opportunity o WHERE o.owner_id = one.id AND archived_at IS NULL
  ORDER BY amount DESC NULLS LAST, id DESC LIMIT 51) o ORDER BY amount DESC NULLS LAST, id DESC LIMIT 51"""
_LIST_OF_ALL = f"""SELECT {_COLUMNS} FROM pipeline_opportunity o WHERE archived_at IS NULL
  ORDER BY amount DESC NULLS LAST, id DESC LIMIT 51"""
_DASHBOARD = """SELECT status, currency_id, date_trunc('month', coalesce(closed_on, expected_close_on)), count(*),
  sum(amount)
  FROM pipeline_opportunity WHERE archived_at IS NULL AND {mine} AND (closed_on >= %(start)s
    OR (status = 'open' AND expected_close_on >= %(start)s)) GROUP BY 1, 2, 3"""
_DETAIL = """SELECT o.*, a.name, p.name, s.name FROM pipeline_opportunity o
  LEFT JOIN accounts_account a ON a.id = o.account_id LEFT JOIN people_person p ON p.id = o.owner_id
  JOIN pipeline_stage s ON s.id = o.stage_id WHERE o.id = %(deal)s"""
_SEARCH = f"""SELECT {_COLUMNS} FROM pipeline_opportunity o WHERE archived_at IS NULL AND {{mine}}
  AND (name ILIKE %(text)s OR account_id IN (SELECT id FROM accounts_account WHERE name ILIKE %(text)s)) LIMIT 51"""
_BOARD = """SELECT stage_id, currency_id, count(*), sum(amount) FROM pipeline_opportunity
  WHERE status = 'open' AND archived_at IS NULL AND {mine} GROUP BY 1, 2"""


def measure(seen: Seen) -> dict[str, list[float]]:
    """Milliseconds of each question, for all people, by what it is the floor of."""
    found: dict[str, list[float]] = {}
    for who, login in seen.logins.items():
        params = _params(login, seen.deals[who])
        for what, sql in _questions(params).items():
            found.setdefault(what, []).extend(_times(sql, params))
    return found


def _questions(params: dict[str, Any]) -> dict[str, str]:
    sees_all = params["owners"] is None
    mine = "true" if sees_all else _MINE
    found = {
        "dashboard": _DASHBOARD.format(mine=mine),
        "list": _LIST_OF_ALL if sees_all else _LIST_OF_FEW,
        "search, list": _SEARCH.format(mine=mine),
        "board": _BOARD.format(mine=mine),
    }
    return found | ({"detail": _DETAIL, "save, form": _UPDATE} if params["deal"] else {})


_UPDATE = "UPDATE pipeline_opportunity SET amount = coalesce(amount, 0) + 1 WHERE id = %(deal)s"


def _params(login: str, deals: list[int]) -> dict[str, Any]:
    from people.models import User

    user, today = User.objects.get(email=login), date.today()
    return {
        "owners": user.visible_owner_ids(today),
        "start": date(today.year, 3 * ((today.month - 1) // 3) + 1, 1) - timedelta(days=730),
        "deal": random.Random(1).choice(deals) if deals else None,
        "text": "%gripper%",
    }


def _times(sql: str, params: dict[str, Any]) -> list[float]:
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for _turn in range(TIMES):
            started = time.perf_counter()
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
            found.append(1000 * (time.perf_counter() - started))
    return found
