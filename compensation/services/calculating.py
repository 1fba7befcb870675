"""A pay run's calculation: inputs into the kernel, lines and results into the draft, in one transaction.

Calculated again, a run works out only the payees whose inputs changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Sum

from compensation.enums import AT_WORK, PayRunState, Stage, VersionState
from compensation.kernel import settlement
from compensation.kernel.engine import Calculation
from compensation.kernel.inputs import InputError
from compensation.kernel.lines import Lines, joined, line_keys, still_to_post, sums_by_payee
from compensation.kernel.mixing import added_by, digest_of_numbers, mixed
from compensation.kernel.reading import PlanError
from compensation.models import PayeeResult, PayRun, PlanComponent, PlanVersion, RunTerms
from compensation.selectors.calculations import figured, groups_of
from compensation.selectors.openings import HANDED, openings_of
from compensation.selectors.payees import word_digest
from compensation.selectors.run_credits import Loaded
from compensation.selectors.run_inputs import Terms, changed_payees, frozen, is_of_others, terms_of
from compensation.services import ledger
from compensation.services.errors import CompensationError
from core.bulk import copy_rows
from core.runs import Progress

ENGINE_VERSION = "2"
_REACHES_BACK = timedelta(days=400)  # a version that ended may still pay what it held, or be corrected


@dataclass(frozen=True, slots=True)
class Part:
    """A version's payees that are to be worked out; None: all of it."""

    terms: Terms
    payees: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Worked:
    """Some payees of a version as they come to: all their lines, and those that are still to be posted."""

    terms: Terms
    loaded: Loaded
    found: Calculation
    settled: settlement.Settled
    payees: Sequence[int]
    wanted: Lines
    digests: Any


def calculate_into(run: PayRun, progress: Progress) -> None:
    """Calculate a run. All of it is written, or nothing is; where nothing changed since, nothing is touched.

    Raises CompensationError that names the plan, where inputs can't be calculated with.
    """
    through = run.period.ends_on - timedelta(days=1)
    with transaction.atomic(), connection.cursor() as cursor:
        locked = _locked(run)
        versions = versions_of(run.period.starts_on, run.period.ends_on)
        all_terms = [_terms(one, through) for one in versions]
        kept = _kept(locked, versions)
        progress.total(sum(len(one.codes) for one in all_terms))
        draft = ledger.Draft(cursor, locked, is_new=kept is None)
        if kept is None:
            PayeeResult.objects.filter(run=run).delete()
        is_moved = kept is None
        for place, terms in enumerate(all_terms):
            # A version begins with what the one before it comes to in this run.
            all_terms[place] = with_openings = replace(terms, openings=openings_of(terms.version, locked))
            part = _to_work_out(kept, with_openings)
            if part is not None:
                _write_part(locked, part, through, draft, progress)
            is_moved |= part is not None
        if is_moved:
            locked.approvals.all().delete()  # they were of what there was
            draft.close()
            _end(cursor, locked, all_terms)
    run.refresh_from_db()
    progress.result(f"{run.payees:,} people, {run.lines:,} lines", output_hash=run.run.output_hash)


def versions_of(first: date, past: date) -> list[PlanVersion]:
    """Published versions that may pay in a period [first, past)."""
    published = PlanVersion.objects.filter(state=VersionState.PUBLISHED, valid_from__lt=past).select_related("plan")
    return [one for one in published.order_by("plan_id", "valid_from") if _may_pay(one, first)]


def _may_pay(version: PlanVersion, first: date) -> bool:
    return version.valid_to is None or version.valid_to + _REACHES_BACK > first


def _locked(run: PayRun) -> PayRun:
    locked = PayRun.objects.select_for_update(of=("self",)).select_related("period", "run").get(pk=run.pk)
    if not locked.period.is_open:
        raise CompensationError(f"{locked.period} is locked: reopen it first, with a reason.")
    if locked.state not in AT_WORK:
        raise CompensationError(f"{locked.number} is {locked.get_state_display().lower()}: start a new run.")
    return locked


def _terms(version: PlanVersion, through: date) -> Terms:
    try:
        return terms_of(version, on=through)
    except (PlanError, InputError) as error:
        raise CompensationError(f"{version}: {error}") from error


def _kept(run: PayRun, versions: Sequence[PlanVersion]) -> dict[int, Any] | None:
    """What the run was calculated with, by version; None where it begins anew: the first time, or once the ledger moved
    on, or a version was taken back.
    """
    if run.state == PayRunState.STARTED or run.ledger_at != ledger.position():
        return None
    kept = dict(RunTerms.objects.filter(run=run).values_list("version_id", "kept"))
    return None if kept.keys() - {one.pk for one in versions} else kept


def _to_work_out(kept: Mapping[int, Any] | None, terms: Terms) -> Part | None:
    """What of a version changed since the run was calculated."""
    changed = changed_payees(terms, (kept or {}).get(terms.version.pk))
    if changed is None or (changed and is_of_others(terms.plan)):
        return Part(terms, None)
    return Part(terms, changed) if changed else None


def _write_part(run: PayRun, part: Part, through: date, draft: ledger.Draft, progress: Progress) -> None:
    """Write what is worked out anew, in the place of what there was."""
    terms, version = part.terms, part.terms.version
    former = PayeeResult.objects.filter(run=run, version=version)
    (former if part.payees is None else former.filter(payee_id__in=part.payees)).delete()
    draft.forget(version.pk, None if part.payees is None else sorted(part.payees))
    for one in worked_out(terms, through, part.payees):
        fresh = still_to_post(one.wanted, ledger.posted_lines(draft.cursor, version.pk, one.payees))
        _refuse_unbalanced(fresh)
        draft.add(fresh, plan_id=version.plan_id, version_id=version.pk)
        copy_rows(table="compensation_payeeresult", columns=_RESULT, rows=_results(run, one, fresh))
        progress.advance(len(one.payees), note=str(version))


def worked_out(terms: Terms, through: date, payees: frozenset[int] | None = None) -> Iterator[Worked]:
    """Payees who can be calculated by themselves some at a time; all at once where one's pay is another's.

    Raises CompensationError.
    """
    components = component_numbers(terms)
    for mine in groups_of(terms, payees):
        try:
            one = figured(terms, through=through, payee_ids=mine, components=components)
        except (PlanError, InputError) as error:
            raise CompensationError(f"{terms.version}: {error}") from error
        wanted = joined([one.lines.at(one.lines.payee > 0), _adjusted(terms, mine, components[""])])
        digests = _line_digests(wanted, terms, one.loaded, components)
        yield Worked(terms, one.loaded, one.found, one.settled, mine, wanted, digests)


def component_numbers(terms: Terms) -> dict[str, int]:
    """The number of each component and draw in tables of lines; "" is the plan itself."""
    found = dict(PlanComponent.objects.filter(plan_id=terms.version.plan_id).values_list("key", "pk"))
    for key in line_keys(terms.plan):
        if key not in found:
            found[key] = PlanComponent.objects.create(plan_id=terms.version.plan_id, key=key).pk
    return found


def _adjusted(terms: Terms, payees: Sequence[int], component: int) -> Lines:
    """Approved adjustments as lines, with what is paid for them. Their credit is their number, negative."""
    chosen = set(payees)
    told = [(payee, -pk, day, minor) for pk, payee, day, minor in terms.adjustments if payee in chosen]
    if not told:
        return joined([])
    payee, number, earned_in, amount = (np.array(column, dtype=np.int64) for column in zip(*told, strict=True))
    same, nothing = np.full(len(told), component), np.zeros(len(told), dtype=np.int64)
    stages = [np.full(len(told), int(stage)) for stage in (Stage.ADJUSTED, Stage.PAID)]
    return joined([
        Lines(payee, same, number, stages[0], earned_in, amount, nothing),
        Lines(payee, same, nothing, stages[1], earned_in, -amount, nothing),
    ])  # fmt: skip


def _refuse_unbalanced(lines: Lines) -> None:
    wrong = {payee: amount for payee, amount in sums_by_payee(lines).items() if amount}
    if wrong:
        payee, amount = next(iter(wrong.items()))
        raise ledger.LedgerError(f"Lines of payee {payee} come to {amount} instead of nothing.")


def _line_digests(lines: Lines, terms: Terms, loaded: Loaded, components: Mapping[str, int]) -> Any:
    """A number for each line that doesn't know any id of this database: of words, credits and amounts."""
    words = {number: word_digest(f"{terms.version.plan.name}/{key}") for key, number in components.items()}
    payees = {payee: word_digest(code) for payee, code in terms.codes.items()}
    keys, digests = loaded.inputs.credits.keys, loaded.digests
    of_credit = np.zeros(len(lines), dtype=np.int64)
    if len(keys):
        order = np.argsort(keys)
        places = order[np.searchsorted(keys[order], lines.credit) % len(order)]
        of_credit = np.where(lines.credit > 0, digests[places], 0)
    return digest_of_numbers(
        _looked_up(lines.payee, payees), _looked_up(lines.component, words), of_credit,
        lines.stage, lines.earned_in, lines.amount,
    )  # fmt: skip


def _looked_up(numbers: Any, words: Mapping[int, int]) -> Any:
    unique, places = np.unique(numbers, return_inverse=True)
    return np.array([words[one] for one in unique.tolist()], dtype=np.int64)[places]


_RESULT = (
    "run_id", "version_id", "payee_id", "earned_minor", "paid_minor", "owed_minor", "held_minor", "output_sum",
    "input_sum", "facts", "notes", "lines", "stages",
)  # fmt: skip


def _results(run: PayRun, one: Worked, fresh: Lines) -> Iterator[tuple[Any, ...]]:
    book, last = one.found.book, settlement.last_period(one.found.book)
    ids, notes = one.terms.ids, _notes(one.found)
    sums = {stage: _by_payee(fresh, stage) for stage in Stage}
    lines = dict(zip(*(column.tolist() for column in np.unique(fresh.payee, return_counts=True)), strict=True))
    outputs, inputs = digest_sums(one)
    wanted = set(one.payees)
    for place, code in enumerate(book.staff.payees):
        payee = ids.get(code, 0)
        if payee not in wanted:
            continue
        yield (
            run.pk, one.terms.version.pk, payee, sums[Stage.EARNED].get(payee, 0), -sums[Stage.PAID].get(payee, 0),
            one.settled.owed.get((place, last), 0), one.settled.held.get((place, last), 0), outputs.get(payee, 0),
            inputs.get(payee, 0), _facts(one, place), notes.get(code, []), lines.get(payee, 0),
            {stage.name.lower(): found[payee] for stage, found in sums.items() if payee in found},
        )  # fmt: skip


def _facts(one: Worked, place: int) -> dict[str, Any]:
    """What a result keeps of a payee: the measures, and what the version handed over."""
    handed = one.settled.handed.get(place)
    return measures_at(one.found, place) | ({HANDED: list(handed)} if handed is not None else {})


def digest_sums(one: Worked) -> tuple[dict[int, int], dict[int, int]]:
    """By payee: what lines and what credits add to the run's hashes."""
    outputs = added_by(one.wanted.payee, one.digests)
    payees = one.terms.ids_by_place(one.found.book.staff.payees)[one.loaded.inputs.credits.payee]
    return outputs, added_by(payees, mixed(one.loaded.digests))


def _notes(found: Calculation) -> dict[str, list[dict[str, str]]]:
    notes: dict[str, list[dict[str, str]]] = {}
    for note in found.notes:
        notes.setdefault(note.payee, []).append({"kind": note.kind, "period": note.period, "of": note.of})
    return notes


def _by_payee(lines: Lines, stage: int) -> dict[int, int]:
    return sums_by_payee(lines.at(lines.stage == stage))


def measures_at(found: Calculation, place: int) -> dict[str, Any]:
    """What each measure of the plan has come to for a payee, and its quota, at the end of the calculation.

    Nothing of who only counts for those above: the plan pays other roles.
    """
    staff, told = found.book.staff, dict[str, Any]()
    if not staff.is_on_plan[staff.payee == place].any():
        return {"measures": told}
    for key, measure in found.book.plan.measures.items():
        credited, quota = found.book.come_to(measure, place)
        told[key] = {"credited": credited, "quota": None if quota is None else str(quota), "over": measure.over}
    return {"measures": told}


def _end(cursor: Any, run: PayRun, all_terms: Sequence[Terms]) -> None:
    run.state, run.ledger_at = PayRunState.CALCULATED, ledger.position()
    run.totals, run.lines, run.payees = ledger.totals_of(cursor, run)
    run.save()
    kept = [(one, frozen(one)) for one in all_terms]
    RunTerms.objects.filter(run=run).delete()
    RunTerms.objects.bulk_create(
        [RunTerms(run=run, version=one.version, batch_id=one.batch or None, kept=said) for one, said in kept]
    )
    sums = PayeeResult.objects.filter(run=run).aggregate(output=Sum("output_sum"), input=Sum("input_sum"))
    run.run.output_hash = hash_of(sums["output"] or 0)
    run.run.input_hash = hash_of(sums["input"] or 0, *sorted(repr(_said(said)) for _one, said in kept))
    run.run.engine_version = ENGINE_VERSION
    run.run.save(update_fields=["input_hash", "output_hash", "engine_version"])


def _said(terms: Mapping[str, Any]) -> list[Any]:
    return [
        terms["valid_to"], terms["roles"], terms["people"], sorted(terms["quotas"]), terms["hands_over"],
        terms["openings"], *([terms["belongs"]] if terms["belongs"] else []),
    ]  # fmt: skip


def hash_of(total: Any, *texts: str) -> str:
    """Of a sum of digests, which doesn't know in which order they came, and of texts."""
    return hashlib.sha256("\n".join((str(int(total)), *texts)).encode()).hexdigest()
