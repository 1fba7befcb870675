"""What the page of a plan version shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import VersionState
from compensation.kernel.patterns import NEW_CLAUSES
from compensation.kernel.sentences import COMPONENT, CREDITING, DRAW, MEASURE, PARAMETER, TERMS, Marked, marked
from compensation.models import PlanVersion
from compensation.selectors import letters, plans, replays
from compensation.selectors.plan_checks import Judged, Tried, blockers_of, cases_of, is_replayed, judged_findings
from compensation.selectors.previews import RateCurve, rate_curve
from core.models import Run


@dataclass(frozen=True, slots=True)
class Section:
    """Clauses of a kind under their heading."""

    kind: str
    title: Any
    rows: tuple[Marked, ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """How far acceptance has come: letters sent, accepted, and who has none yet."""

    rows: tuple[Any, ...]
    accepted: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A version's page: step is the current one of the five, from 1; blocker: why it doesn't go on."""

    rail: list[plans.RailVersion]
    other: PlanVersion | None
    sections: tuple[Section, ...]
    changes: int
    findings: list[Judged]
    open_findings: int
    cases: list[Tried]
    passed: int
    blockers: list[str]
    steps: tuple[Any, ...]
    step: int
    curve: RateCurve | None
    edits: list[plans.Edit]
    replay: replays.Replayed | None
    is_replayed: bool
    replay_run: Run | None
    letters: Letters
    holders: int
    kinds: tuple[tuple[str, str], ...]
    state: str

    @property
    def may_begin(self) -> bool:
        """Whether another version can be begun: none is at work."""
        return all(one.state not in ("draft", "submitted") for one in self.rail)

    @property
    def failed(self) -> int:
        return len(self.cases) - self.passed


def board_of(version: PlanVersion, user: Any, *, as_of: date, clause: str = "") -> Board:
    other = plans.compared_with(version)
    found = marked(version.document, other.document if other else None)
    findings, cases = judged_findings(version), cases_of(version)
    run = _run_of(version)
    is_at_work = version.state in (VersionState.DRAFT, VersionState.SUBMITTED)
    blockers = blockers_of(version, findings=findings, cases=cases) if version.is_draft else []
    state, sent = plans.state_on(version, as_of), _letters(version)
    return Board(
        rail=plans.rail_of(version.plan, as_of),
        other=other,
        sections=_sections(found),
        changes=sum(one.state != "same" for one in found),
        findings=findings,
        open_findings=sum(one.is_open for one in findings),
        cases=cases,
        passed=sum(one.is_met for one in cases),
        blockers=blockers,
        steps=(_("Draft"), _("Test and simulate"), _("Finance approval"), _("Rep acceptance"), _("Live")),
        step=_step(version, state, sent),
        curve=rate_curve(version, other, clause),
        edits=plans.edits_of(version),
        replay=replays.replay_shown(version, is_pay_role=policies.sees_all_pay(user)),
        is_replayed=is_replayed(version),
        replay_run=run if is_at_work else None,
        letters=sent,
        holders=letters.plan_holders(version.plan, max(as_of, version.valid_from)),
        kinds=tuple((kind, title) for kind, (_part, title, _key, _value) in NEW_CLAUSES.items()),
        state=state,
    )


def _step(version: PlanVersion, state: str, sent: Letters) -> int:
    """Testing until it can be handed in, then approval, letters, and done."""
    if version.is_draft:
        return 2
    if version.state == VersionState.SUBMITTED:
        return 3
    if state == "coming" or (version.state == VersionState.PUBLISHED and sent.accepted < len(sent.rows)):
        return 4
    return 6 if state in ("live", "ended") else 1


def _letters(version: PlanVersion) -> Letters:
    rows = tuple(letters.letters_of(version))
    missing = letters.without_letter(version) if version.state == VersionState.PUBLISHED else []
    return Letters(rows, sum(row.accepted_on is not None for row in rows), tuple(str(row.payee) for row in missing))


def _sections(found: list[Marked]) -> tuple[Section, ...]:
    titles = (
        (COMPONENT, _("Clauses")), (DRAW, _("Draws")), (CREDITING, _("Crediting")), (MEASURE, _("Measures")),
        (PARAMETER, _("Values by name")), (TERMS, _("Terms")),
    )  # fmt: skip
    grouped = [Section(kind, title, tuple(one for one in found if one.clause.kind == kind)) for kind, title in titles]
    return tuple(one for one in grouped if one.rows)


def _run_of(version: PlanVersion) -> Run | None:
    """The last replay that was asked for of this version, whatever became of it."""
    runs = Run.objects.filter(kind="compensation.plan_replay", params__version=version.pk)
    found = runs.order_by("-pk").first()
    if found is not None and found.is_over:  # it may have ended since the version was read
        version.refresh_from_db(fields=["replay", "replayed_hash"])
    return found


def first_credit(contents: Mapping[str, Any]) -> str:
    """The kind of credit that the plan's first measure takes."""
    measures: Mapping[str, Any] = contents.get("measures") or {}
    measure = next(iter(measures), "bookings")
    credits = (measures.get(measure) or {}).get("credits", measure)
    return str(credits if isinstance(credits, str) else credits[0])


def new_case(contents: Mapping[str, Any]) -> dict[str, Any]:
    """A case to begin with, of the plan's first measure and component."""
    measures, components = contents.get("measures") or {}, contents.get("components") or {}
    measure = next(iter(measures), "bookings")
    component = next(iter(components), "commission")
    said, kind = measures.get(measure) or {}, first_credit(contents)
    day = str(contents.get("valid_from"))
    return {
        "title": _("What the case shows"),
        "credits": [{"credit_key": "A", "payee": "ana", "on": day, "measure": kind, "quota_credit": 50000}],
        "quotas": [{"payee": "ana", "measure": said.get("quota", kind), "period": day[:4], "amount": 100000}],
        "expect": [{"payee": "ana", "component": component, "amount": 0}],
    }
