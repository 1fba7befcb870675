"""A pay run's calculation: inputs into the kernel, lines and results into the draft, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from compensation.enums import AdjustmentState, PayRunState, Stage, VersionState
from compensation.kernel import settlement
from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.inputs import InputError
from compensation.kernel.lines import Lines, joined, lines_of, still_to_post, sums_by_payee
from compensation.kernel.mixing import digest_of_numbers
from compensation.kernel.reading import PlanError
from compensation.models import Adjustment, CreditBatch, PayeeResult, PayRun, PlanComponent, PlanVersion, RunBatch
from compensation.selectors.payees import word_digest
from compensation.selectors.run_inputs import Loaded, Terms, frozen, load, terms_of
from compensation.selectors.traces import is_of_others
from compensation.services import ledger
from compensation.services.errors import CompensationError
from core.runs import Progress

ENGINE_VERSION = "1"
PAYEES_AT_ONCE = 500
_REACHES_BACK = timedelta(days=400)  # a version that ended may still pay what it held, or be corrected


@dataclass(slots=True)
class Totals:
    """What a run comes to: amounts by stage and currency, payees, and the hashes."""

    by_stage: dict[str, dict[str, int]] = field(default_factory=dict)
    payees: set[int] = field(default_factory=set)
    outputs: list[Any] = field(default_factory=list)
    inputs: list[Any] = field(default_factory=list)

    def add(self, lines: Lines, currency: str) -> None:
        sums = self.by_stage.setdefault(currency, {})
        for stage in np.unique(lines.stage).tolist():
            name = Stage(stage).name.lower()
            sums[name] = sums.get(name, 0) + int(lines.amount[lines.stage == stage].sum())
        self.payees.update(np.unique(lines.payee).tolist())


def versions_of(first: date, past: date) -> list[PlanVersion]:
    """Published versions that may pay in a period [first, past)."""
    published = PlanVersion.objects.filter(state=VersionState.PUBLISHED, valid_from__lt=past).select_related("plan")
    return [one for one in published.order_by("plan_id", "valid_from") if _may_pay(one, first)]


def _may_pay(version: PlanVersion, first: date) -> bool:
    return version.valid_to is None or version.valid_to + _REACHES_BACK > first


def calculate_into(run: PayRun, progress: Progress) -> None:
    """Calculate a run anew. All of it is written, or nothing is.

    Raises CompensationError that names the plan, where inputs can't be calculated with.
    """
    versions = versions_of(run.period.starts_on, run.period.ends_on)
    through = run.period.ends_on - timedelta(days=1)
    totals = Totals()
    with transaction.atomic(), connection.cursor() as cursor:
        _begin(run)
        draft = ledger.Draft(cursor, run)
        kept: dict[str, Any] = {}
        terms = [_terms(one, through) for one in versions]
        progress.total(sum(len(one.codes) for one in terms))
        for one in terms:
            kept[str(one.version.pk)] = frozen(one)
            RunBatch.objects.create(run=run, version=one.version, batch_id=one.batch or None)
            _calculate_version(run, one, through, draft, totals, progress)
        draft.close()
        _end(run, draft, totals, kept)
        progress.result("", output_hash=run.run.output_hash)


def _begin(run: PayRun) -> None:
    """Lock the run, and clear what an earlier calculation left."""
    locked = PayRun.objects.select_for_update().select_related("period", "run").get(pk=run.pk)
    if not locked.period.is_open:
        raise CompensationError(f"{locked.period} is locked: reopen it first, with a reason.")
    if locked.state not in (PayRunState.STARTED, PayRunState.CALCULATED, PayRunState.SUBMITTED, PayRunState.APPROVED):
        raise CompensationError(f"{locked.number} is {locked.get_state_display().lower()}: start a new run.")
    RunBatch.objects.filter(run=run).delete()
    PayeeResult.objects.filter(run=run).delete()
    locked.approvals.all().delete()


def _terms(version: PlanVersion, through: date) -> Terms:
    batch = CreditBatch.objects.filter(plan_id=version.plan_id).order_by("-pk").values_list("pk", flat=True).first()
    try:
        return terms_of(version, batch=batch or 0, on=through)
    except (PlanError, InputError) as error:
        raise CompensationError(f"{version}: {error}") from error


def _calculate_version(
    run: PayRun, terms: Terms, through: date, draft: ledger.Draft, totals: Totals, progress: Progress
) -> None:
    components = component_numbers(terms)
    for chosen in groups_of(terms):
        payees = sorted(terms.codes) if chosen is None else chosen
        try:
            loaded = load(terms, through=through, payee_ids=chosen)
            found = calculate(terms.plan, loaded.inputs, through)
            settled = settlement.settle(found)
            wanted = wanted_with_adjustments(terms, found, settled, components, payees, through)
        except (PlanError, InputError) as error:
            raise CompensationError(f"{terms.version}: {error}") from error
        fresh = still_to_post(wanted, ledger.posted_lines(draft.cursor, terms.version.pk, payees))
        _refuse_unbalanced(fresh)
        draft.add(fresh, plan_id=terms.version.plan_id, version_id=terms.version.pk)
        totals.add(fresh, terms.plan.currency)
        totals.outputs.append(line_digests(wanted, terms, loaded, components))
        totals.inputs.append(loaded.digests)
        PayeeResult.objects.bulk_create(_results(run, terms, found, settled, fresh), batch_size=1000)
        progress.advance(len(payees), note=str(terms.version))


def groups_of(terms: Terms) -> Iterator[Sequence[int] | None]:
    """Payees who can be calculated by themselves, some at a time; None: all at once, since one's pay is another's."""
    if is_of_others(terms):
        yield None
        return
    chosen = sorted(terms.codes)
    for start in range(0, len(chosen), PAYEES_AT_ONCE):
        yield chosen[start : start + PAYEES_AT_ONCE]


def component_numbers(terms: Terms) -> dict[str, int]:
    """The number of each component and draw in tables of lines; "" is the plan itself."""
    found = dict(PlanComponent.objects.filter(plan_id=terms.version.plan_id).values_list("key", "pk"))
    for key in ("", *terms.plan.components, *(draw.key for draw in terms.plan.draws)):
        if key not in found:
            found[key] = PlanComponent.objects.create(plan_id=terms.version.plan_id, key=key).pk
    return found


def places_of(terms: Terms, found: Calculation) -> Any:
    """The id of each payee of a calculation by its place; 0 of those who are only above somebody."""
    ids = terms.ids
    return np.array([ids.get(code, 0) for code in found.book.staff.payees], dtype=np.int64)


def wanted_with_adjustments(
    terms: Terms, found: Calculation, settled: settlement.Settled, components: dict[str, int],
    payees: Sequence[int], through: date,
) -> Lines:  # fmt: skip
    """Lines of a calculation for those who are on the plan, and the adjustments that were approved for them."""
    lines = lines_of(found, settled, places_of(terms, found), components)
    return joined([lines.at(lines.payee > 0), adjustments_of(terms, payees, through, components[""])])


def adjustments_of(terms: Terms, payees: Sequence[int], through: date, component: int) -> Lines:
    """Approved adjustments of the version's days as lines, with what is paid for them. Credit: the number, negative."""
    rows = Adjustment.objects.filter(
        plan_id=terms.version.plan_id, state=AdjustmentState.APPROVED, payee_id__in=payees,
        earned_in__gte=terms.plan.valid_from, earned_in__lte=min(through, _last_day(terms)),
    ).order_by("pk")  # fmt: skip
    told = [(one.payee_id, -one.pk, one.earned_in.toordinal(), one.amount_minor) for one in rows]
    if not told:
        return joined([])
    payee, number, earned_in, amount = (np.array(column, dtype=np.int64) for column in zip(*told, strict=True))
    same, nothing = np.full(len(told), component), np.zeros(len(told), dtype=np.int64)
    stages = [np.full(len(told), int(stage)) for stage in (Stage.ADJUSTED, Stage.PAID)]
    return joined([
        Lines(payee, same, number, stages[0], earned_in, amount, nothing),
        Lines(payee, same, nothing, stages[1], earned_in, -amount, nothing),
    ])  # fmt: skip


def _last_day(terms: Terms) -> date:
    return terms.plan.valid_to - timedelta(days=1) if terms.plan.valid_to else date.max


def _refuse_unbalanced(lines: Lines) -> None:
    wrong = {payee: amount for payee, amount in sums_by_payee(lines).items() if amount}
    if wrong:
        payee, amount = next(iter(wrong.items()))
        raise ledger.LedgerError(f"Lines of payee {payee} come to {amount} instead of nothing.")


def line_digests(lines: Lines, terms: Terms, loaded: Loaded, components: dict[str, int]) -> Any:
    """A number for each line that doesn't know any id of this database: of words, credits and amounts."""
    words = {number: word_digest(f"{terms.version.plan.name}/{key}") for key, number in components.items()}
    payees = {payee: word_digest(code) for payee, code in terms.codes.items()}
    credit_ids, digests = loaded.inputs.credits.keys, loaded.digests
    order = np.argsort(credit_ids)
    places = order[np.searchsorted(credit_ids[order], lines.credit) % max(len(order), 1)] if len(order) else order
    of_credit = np.where(lines.credit > 0, digests[places], 0) if len(order) else np.zeros(len(lines), dtype=np.int64)
    return digest_of_numbers(
        _looked_up(lines.payee, payees), _looked_up(lines.component, words), of_credit,
        lines.stage, lines.earned_in, lines.amount,
    )  # fmt: skip


def _looked_up(numbers: Any, words: dict[int, int]) -> Any:
    unique, places = np.unique(numbers, return_inverse=True)
    return np.array([words[one] for one in unique.tolist()], dtype=np.int64)[places]


def _results(
    run: PayRun, terms: Terms, found: Calculation, settled: settlement.Settled, fresh: Lines
) -> Iterator[PayeeResult]:
    book, last = found.book, settlement.last_period(found.book)
    ids = terms.ids
    notes: dict[str, list[dict[str, str]]] = {}
    for note in found.notes:
        notes.setdefault(note.payee, []).append({"kind": note.kind, "period": note.period, "of": note.of})
    sums = {stage: _by_payee(fresh, stage) for stage in (Stage.EARNED, Stage.PAID)}
    for place, code in enumerate(book.staff.payees):
        if code not in ids:
            continue
        yield PayeeResult(
            run=run, version=terms.version, payee_id=ids[code],
            earned_minor=sums[Stage.EARNED].get(ids[code], 0), paid_minor=-sums[Stage.PAID].get(ids[code], 0),
            owed_minor=settled.owed.get((place, last), 0), held_minor=settled.held.get((place, last), 0),
            facts=measures_at(found, place), notes=notes.get(code, []),
        )  # fmt: skip


def _by_payee(lines: Lines, stage: int) -> dict[int, int]:
    chosen = lines.at(lines.stage == stage)
    return sums_by_payee(chosen)


def measures_at(found: Calculation, place: int) -> dict[str, Any]:
    """What each measure of the plan has come to for a payee, and its quota, at the end of the calculation."""
    book = found.book
    at = max(int(book.grid.place(np.array([book.through]))[0]), 0)
    told = {}
    for key, measure in book.plan.measures.items():
        credited = int(book.sums(measure, measure.over).num[place, at])
        quota = book.quota(measure, measure.over)[place][at]
        told[key] = {"credited": credited, "quota": None if quota is None else str(quota), "over": measure.over}
    return {"measures": told}


def _end(run: PayRun, draft: ledger.Draft, totals: Totals, kept: dict[str, Any]) -> None:
    run.refresh_from_db()
    run.state, run.inputs, run.ledger_at = PayRunState.CALCULATED, kept, ledger.position()
    run.totals, run.lines, run.payees = totals.by_stage, draft.rows, len(totals.payees)
    run.save()
    run.run.input_hash, run.run.output_hash = _hash_of_inputs(totals.inputs, kept), hash_of(totals.outputs)
    run.run.engine_version = ENGINE_VERSION
    run.run.save(update_fields=["input_hash", "output_hash", "engine_version"])


def hash_of(parts: Sequence[Any]) -> str:
    """Of numbers in the order of their size, so that it doesn't matter in which they came."""
    return hashlib.sha256(_in_order(parts)).hexdigest()


def _in_order(parts: Sequence[Any]) -> bytes:
    numbers = np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
    return bytes(numbers.astype(">i8").tobytes())


def _hash_of_inputs(digests: Sequence[Any], kept: dict[str, Any]) -> str:
    said = hashlib.sha256(_in_order(digests))
    for one in sorted(kept.values(), key=lambda terms: str(terms["people"])):
        said.update(repr((one["valid_to"], one["roles"], one["people"], sorted(one["quotas"]))).encode())
    return said.hexdigest()
