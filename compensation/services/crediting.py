"""Credits kept as events say: what is new is added, what changed is ended and written anew, the rest stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from compensation.models import Credit, CreditBatch, CreditFields, CreditKind, Payee, Plan
from core.bulk import copy_rows

_COLUMNS = (
    "plan_id", "payee_id", "on", "kind_id", "source", "key", "line", "quota_minor", "pay_minor", "currency", "fx_num",
    "fx_den", "returns_key", "fields_id", "event_kind", "event_id", "deal_id", "clause", "factor", "digest", "batch_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit as it should stand. Amounts: minor units of `currency`; fx: what one of them is worth in the plan's."""

    payee_id: int
    on: date
    kind: str
    key: str
    quota_minor: int
    pay_minor: int
    currency: str
    source: str = ""
    line: int = 0
    fx: Fraction = Fraction(1)
    returns_key: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    event_kind: str = ""
    event_id: int | None = None
    deal_id: int | None = None
    clause: str = ""
    factor: str = ""

    @property
    def identity(self) -> tuple[int, str, str, int, str]:
        return self.payee_id, self.source, self.key, self.line, self.kind


@transaction.atomic
def keep_credits(*, plan_id: int, rows: Iterable[CreditRow], among: Q, at: datetime, why: str) -> CreditBatch | None:
    """Make the credits of a plan that fit `among` those of `rows`; gives the batch, or None where nothing changed.

    Ended credits stay, for what was paid on them to be told. Nobody else changes credits of the plan meanwhile.
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    wanted = {row.identity: row for row in rows}
    digests = _digests(wanted.values())
    live = Credit.objects.filter(among, plan=plan, ended_batch=None)
    gone, fresh = _difference(live, digests)
    if not gone and not fresh:
        return None
    batch = CreditBatch.objects.create(plan=plan, at=at, why=why[:60], made=len(fresh), ended=len(gone))
    Credit.objects.filter(pk__in=gone).update(ended_batch=batch)
    made = [wanted[identity] for identity in fresh]
    copy_rows(table="compensation_credit", columns=_COLUMNS, rows=_values(plan, batch, made, digests))
    return batch


def _difference(
    live: QuerySet[Credit], digests: Mapping[tuple[int, str, str, int, str], int]
) -> tuple[list[int], list[tuple[int, str, str, int, str]]]:
    """Ids of live credits that end, and identities of those that are written."""
    gone, same = [], set()
    columns = ("pk", "digest", "payee_id", "source", "key", "line", "kind__name")
    for pk, digest, *identity in live.order_by("pk").values_list(*columns).iterator(chunk_size=20_000):
        known = (identity[0], identity[1], identity[2], identity[3], identity[4])
        if digests.get(known) == digest:
            same.add(known)
        else:
            gone.append(pk)
    return gone, [identity for identity in digests if identity not in same]


def _values(
    plan: Plan, batch: CreditBatch, rows: Sequence[CreditRow], digests: Mapping[Any, int]
) -> Iterator[tuple[Any, ...]]:
    kinds, fields = _kinds({row.kind for row in rows}), _fields(rows)
    for row in rows:
        yield (
            plan.pk, row.payee_id, row.on, kinds[row.kind], row.source, row.key, row.line, row.quota_minor,
            row.pay_minor, row.currency, row.fx.numerator, row.fx.denominator, row.returns_key,
            fields[fields_digest(row.fields)], row.event_kind, row.event_id, row.deal_id, row.clause, row.factor,
            digests[row.identity], batch.pk,
        )  # fmt: skip


def _digests(rows: Iterable[CreditRow]) -> dict[tuple[int, str, str, int, str], int]:
    """A number for all that a calculation sees of each credit; of words and amounts, not of this database's ids."""
    rows = list(rows)
    codes = dict(Payee.objects.filter(pk__in={row.payee_id for row in rows}).values_list("pk", "code"))
    return {row.identity: _digest(row, codes[row.payee_id]) for row in rows}


def _digest(row: CreditRow, code: str) -> int:
    said = (
        code, row.on.isoformat(), row.kind, row.source, row.key, row.line, row.quota_minor, row.pay_minor,
        row.currency, str(row.fx), row.returns_key, sorted(row.fields.items()),
    )  # fmt: skip
    return _number(repr(said))


def fields_digest(fields: Mapping[str, str]) -> int:
    return _number(json.dumps(fields, sort_keys=True))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _kinds(names: Iterable[str]) -> dict[str, int]:
    CreditKind.objects.bulk_create([CreditKind(name=name) for name in sorted(names)], ignore_conflicts=True)
    return dict(CreditKind.objects.values_list("name", "pk"))


def _fields(rows: Sequence[CreditRow]) -> dict[int, int]:
    """The id of each set of fields by its digest."""
    said = {fields_digest(row.fields): dict(row.fields) for row in rows}
    new = [CreditFields(digest=digest, values=values) for digest, values in sorted(said.items())]
    CreditFields.objects.bulk_create(new, ignore_conflicts=True, batch_size=5_000)
    return dict(CreditFields.objects.filter(digest__in=list(said)).values_list("digest", "pk"))
