"""Credits kept as events say: what is new is added, what changed is ended and written anew, the rest stays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from compensation.enums import VersionState
from compensation.kernel.crediting import Given, credits_of
from compensation.kernel.inputs import InputError
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import PlanError, read_plan
from compensation.models import (
    Credit,
    CreditBatch,
    CreditDoubt,
    CreditFields,
    CreditHold,
    CreditKind,
    Payee,
    Plan,
    PlanVersion,
)
from compensation.selectors.events import Source
from compensation.selectors.payees import OnPlan, word_digest
from compensation.selectors.readings import Readings, shared_readings
from compensation.services.errors import CompensationError
from core.bulk import copy_rows

_COLUMNS = (
    "plan_id", "payee_id", "on", "kind_id", "source", "key", "line", "quota_minor", "pay_minor", "currency", "fx_num",
    "fx_den", "returns_key", "fields_id", "event_kind", "event_id", "deal_id", "clause", "factor", "digest", "batch_id",
)  # fmt: skip


_KNOWN = ("pk", "digest", "payee_id", "source", "key", "line", "kind__name")
_FROM = ("event_kind", "event_id", "deal_id", "clause", "factor")
type Identity = tuple[int, str, str, int, str]


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
    def identity(self) -> Identity:
        return self.payee_id, self.source, self.key, self.line, self.kind


@transaction.atomic
def keep_credits(*, plan_id: int, rows: Iterable[CreditRow], among: Q, why: str) -> CreditBatch | None:
    """Make the credits of a plan that fit `among` those of `rows`; gives the batch, or None where nothing changed.

    Ended credits stay, for what was paid on them to be told. Nobody else changes credits of the plan meanwhile.
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    wanted = {row.identity: row for row in rows}
    digests = _digests(wanted.values())
    live = Credit.objects.filter(among, plan=plan, ended_batch=None)
    gone, fresh = _difference(live, digests, wanted)
    if not gone and not fresh:
        return None
    batch = CreditBatch.objects.create(plan=plan, why=why[:60], made=len(fresh), ended=len(gone))
    Credit.objects.filter(pk__in=gone).update(ended_batch=batch)
    made = [wanted[identity] for identity in fresh]
    copy_rows(table="compensation_credit", columns=_COLUMNS, rows=_values(plan, batch, made, digests))
    return batch


def _difference(
    live: QuerySet[Credit], digests: Mapping[Identity, int], wanted: Mapping[Identity, CreditRow]
) -> tuple[list[int], list[Identity]]:
    """Ids of live credits that end, and identities of those that are written.

    A credit that only comes from elsewhere now (another event, another clause) stays, and says so.
    """
    gone, same, moved = [], set(), []
    for row in live.order_by("pk").values_list(*_KNOWN, *_FROM).iterator(chunk_size=20_000):
        (pk, digest, *identity), origin = row[: len(_KNOWN)], row[len(_KNOWN) :]
        known = (identity[0], identity[1], identity[2], identity[3], identity[4])
        if digests.get(known) != digest:
            gone.append(pk)
            continue
        same.add(known)
        now = tuple(getattr(wanted[known], name) for name in _FROM)
        if now != origin:
            moved.append(Credit(pk=pk, **dict(zip(_FROM, now, strict=True))))
    Credit.objects.bulk_update(moved, _FROM, batch_size=1_000)
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


def _digests(rows: Iterable[CreditRow]) -> dict[Identity, int]:
    """A number for all that a calculation sees of each credit; of words and amounts, not of this database's ids."""
    rows = list(rows)
    codes = dict(Payee.objects.filter(pk__in={row.payee_id for row in rows}).values_list("pk", "code"))
    return {row.identity: _digest(row, codes[row.payee_id]) for row in rows}


def _digest(row: CreditRow, code: str) -> int:
    said = (
        code, row.on.isoformat(), row.kind, row.source, row.key, row.line, row.quota_minor, row.pay_minor,
        row.currency, str(row.fx), row.returns_key, sorted(row.fields.items()),
    )  # fmt: skip
    return word_digest(repr(said))


def fields_digest(fields: Mapping[str, str]) -> int:
    return word_digest(json.dumps(fields, sort_keys=True))


def _kinds(names: Iterable[str]) -> dict[str, int]:
    CreditKind.objects.bulk_create([CreditKind(name=name) for name in sorted(names)], ignore_conflicts=True)
    return dict(CreditKind.objects.values_list("name", "pk"))


def _fields(rows: Sequence[CreditRow]) -> dict[int, int]:
    """The id of each set of fields by its digest."""
    said = {fields_digest(row.fields): dict(row.fields) for row in rows}
    new = [CreditFields(digest=digest, values=values) for digest, values in sorted(said.items())]
    CreditFields.objects.bulk_create(new, ignore_conflicts=True, batch_size=5_000)
    return dict(CreditFields.objects.filter(digest__in=list(said)).values_list("digest", "pk"))


def refresh_credits(*, plan_id: int, past: date, why: str, readings: Readings | None = None) -> CreditBatch | None:
    """Make a plan's credits those that its clauses give for what happened before a day.

    Each version credits the events of its own days, to who is on the plan on the event's day. Plans without clauses
    are fed otherwise, and left alone. readings: what several plans share.
    """
    readings = readings or Readings()
    versions = PlanVersion.objects.filter(plan_id=plan_id, state=VersionState.PUBLISHED).order_by("valid_from")
    rows: list[CreditRow] = []
    doubts: list[CreditDoubt] = []
    is_credited = False
    for version in versions:
        terms = read_plan(version.definition)
        if terms.crediting:
            is_credited = True
            _credit(version, terms, min(past, version.valid_to or past), readings, rows, doubts)
    if not is_credited:
        return None
    with transaction.atomic():
        batch = keep_credits(plan_id=plan_id, rows=rows, among=~Q(event_kind=""), why=why)
        CreditDoubt.objects.filter(plan_id=plan_id).delete()
        CreditDoubt.objects.bulk_create(doubts, batch_size=1_000)
    return batch


def _credit(
    version: PlanVersion, terms: PlanTerms, past: date, readings: Readings, rows: list[CreditRow],
    doubts: list[CreditDoubt],
) -> None:  # fmt: skip
    on_plan, held = OnPlan(version.plan_id), _held(version.plan_id)
    first = terms.counts_from or version.valid_from
    for some in readings.of(version.plan_id, terms, first=first, past=past):
        found = credits_of(terms, some.events)
        for one in found.given:
            source = some.sources[one.event]
            payee = on_plan.find(one.credit.payee, one.credit.on)
            is_held = (source.kind, source.record_id, None) in held or (source.kind, source.record_id, payee) in held
            if payee is not None and not is_held:
                rows.append(_row(one, payee, source))
        for doubt in found.doubts:
            deal = some.sources[doubt.event].deal_id
            value = None if doubt.value is None else str(doubt.value)
            doubts.append(CreditDoubt(
                plan_id=version.plan_id, kind=doubt.kind, deal_id=deal, event=doubt.event[:160], clause=doubt.clause,
                on=doubt.on, value=value or "",
            ))  # fmt: skip


def _held(plan_id: int) -> set[tuple[str, int, int | None]]:
    """Credits that wait: (kind of event, its id, the payee or None for everybody)."""
    rows = CreditHold.objects.filter(plan_id=plan_id, released_at=None)
    return set(rows.values_list("event_kind", "event_id", "payee_id"))


def _row(one: Given, payee_id: int, source: Source) -> CreditRow:
    credit = one.credit
    percent = f"{float(one.factor * 100):.4g}%"
    return CreditRow(
        payee_id=payee_id, on=credit.on, kind=credit.measure, key=credit.key, quota_minor=credit.quota,
        pay_minor=credit.pay, currency=source.currency, source=credit.source, line=credit.line, fx=credit.fx,
        returns_key=credit.returns, fields=dict(credit.fields), event_kind=source.kind, event_id=source.record_id,
        deal_id=source.deal_id, clause=one.clause.key, factor=f"{one.why} {percent}",
    )  # fmt: skip


def credit_plans(*, past: date, why: str) -> None:
    """Bring the credits of every plan in force up to date. Raises CompensationError that names the plan."""
    live = PlanVersion.objects.filter(state=VersionState.PUBLISHED).select_related("plan").distinct("plan_id")
    readings = shared_readings(past)
    for version in live.order_by("plan_id"):
        try:
            refresh_credits(plan_id=version.plan_id, past=past, why=why, readings=readings)
        except (PlanError, InputError) as error:
            raise CompensationError(f"{version.plan}: {error}") from error
