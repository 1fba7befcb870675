"""Leaderboards: where those on a plan stand in its contests. Rank and measure, never pay or prize."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import VersionState
from compensation.kernel import plan as p
from compensation.kernel.inputs import InputError
from compensation.kernel.ranking import Span, contest_of, narrowed, ranked, spans_of
from compensation.kernel.reading import PlanError, read_plan
from compensation.models import CreditBatch, Payee, PlanVersion
from compensation.selectors.run_credits import load
from compensation.selectors.run_inputs import terms_of
from core.kernel import formats
from core.kernel.money import round_ratio
from people.models import Team

TOLD_BACK = timedelta(days=400)
KEPT_SECONDS = 60
MOST_PAST = 12
MONEY, COUNT, SHARE = "money", "count", "share"


@dataclass(frozen=True, slots=True)
class Race:
    """A contest, or what a plan shows as one, in one span."""

    version: PlanVersion
    component: p.Component
    measure: p.Measure
    contest: p.Contest
    span: Span
    is_over: bool

    @property
    def key(self) -> str:
        return self.component.key

    @property
    def last_on(self) -> date:
        return self.span.ends_on - timedelta(days=1)

    @property
    def label(self) -> str:
        return _("Whole plan") if self.measure.over == "plan" else self.span.label

    @property
    def url(self) -> str:
        address = reverse("compensation:leaderboard", args=[self.version.pk, self.key])
        return f"{address}?span={self.span.label}"

    @property
    def by_words(self) -> str:
        if self.contest.by == p.ATTAINMENT:
            return _("Attainment of quota: %(measure)s") % {"measure": self.measure.title}
        return self.measure.title

    @property
    def among_words(self) -> str:
        roles = ", ".join(sorted(self.contest.roles))
        if roles:
            return roles
        words = {p.OF_ROLE: _("Those of the same plan role"), p.OF_TEAM: _("Those of the same team")}
        return words.get(self.contest.among, _("Everybody on the plan"))

    @property
    def ties_words(self) -> str:
        return _("Who stands there for longer is before") if self.contest.ties == p.EARLIER else _("Share a rank")

    @property
    def unit(self) -> str:
        if self.contest.by == p.ATTAINMENT:
            return SHARE
        return COUNT if self.measure.adds == p.COUNT else MONEY

    def words(self, reached: Fraction) -> str:
        """A figure in the race's unit."""
        if self.unit == SHARE:
            return formats.percent(decimal_of(reached * 100))
        if self.unit == COUNT:
            return formats.whole(round_ratio(reached))
        return formats.exact_money(decimal_of(reached), str(self.version.plan.currency_id))


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place. group: the role or team that they are ranked in; rank 0: takes no part."""

    payee_id: int
    name: str
    rank: int
    equal: int
    reached: Fraction
    group: str
    is_own: bool
    words: str

    @property
    def figure(self) -> Decimal:
        """At most six decimals, as everywhere where figures go out."""
        return round(decimal_of(self.reached), 6)


@dataclass(frozen=True, slots=True)
class Board:
    """A race with its places. places: by group and rank; waiting: how many take no part so far."""

    race: Race
    places: Sequence[Place]
    own: Place | None
    ahead: Place | None
    waiting: int

    @property
    def missing(self) -> str:
        """What is missing to the next place, in words; "" at the top and without a place."""
        if self.own is None or self.ahead is None:
            return ""
        return self.race.words(self.ahead.reached - self.own.reached)


def decimal_of(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def races_for(user: Any, as_of: date) -> tuple[list[Race], list[Race]]:
    """Running races, and those that are over, the newest first: of the plans whose ranks a person may see."""
    running: list[Race] = []
    past: list[Race] = []
    may = _Sight(user, as_of)
    for race in _races(_versions(as_of), as_of):
        if may.see(race):
            (past if race.is_over else running).append(race)
    past.sort(key=lambda one: (one.span.ends_on, one.version.pk), reverse=True)
    return running, past[:MOST_PAST]


def get_race_for(user: Any, version_id: int, key: str, label: str, as_of: date) -> Race:
    """A race by its version, component and span ("" for the newest). Raises Http404 for who may not see it."""
    rows = _versions(as_of).filter(pk=version_id)
    found = [one for one in _races(rows, as_of) if one.key == key and label in ("", one.span.label)]
    if not found or not _Sight(user, as_of).see(found[-1]):
        raise Http404("No such leaderboard.")
    return found[-1]


def races_of_component(race: Race, as_of: date) -> list[Race]:
    """The same contest in its other spans, the newest first. Whoever sees one of a plan's newest sees the earlier."""
    found = _races(_versions(as_of).filter(pk=race.version.pk), as_of)
    return sorted((one for one in found if one.key == race.key), key=lambda one: one.span.ends_on, reverse=True)


class _Sight:
    """Whose ranks a person may see; each day asked once."""

    def __init__(self, user: Any, as_of: date) -> None:
        self.user, self.as_of = user, as_of
        self.known: dict[date, frozenset[int] | None] = {}

    def see(self, race: Race) -> bool:
        on = min(race.last_on, self.as_of)
        if on not in self.known:
            self.known[on] = policies.ranked_plan_ids(self.user, on=on, as_of=self.as_of)
        seen = self.known[on]
        return seen is None or race.version.plan_id in seen


def _versions(as_of: date) -> Any:
    """Published versions that hold, or held not long ago."""
    rows = PlanVersion.objects.filter(state=VersionState.PUBLISHED, valid_from__lte=as_of, plan__archived_at=None)
    kept = Q(valid_to=None) | Q(valid_to__gt=as_of - TOLD_BACK)
    return rows.filter(kept).select_related("plan").order_by("plan__name", "valid_from")


def _races(versions: Any, as_of: date) -> Iterator[Race]:
    for version in versions:
        if not shows_ranks(version.definition):
            continue
        try:
            plan = replace(read_plan(version.definition), valid_to=version.valid_to)
        except PlanError:
            continue
        for component in plan.components.values():
            if component.shows_ranks:
                yield from _races_of(version, plan, component, as_of)


def _races_of(version: PlanVersion, plan: p.Plan, component: p.Component, as_of: date) -> Iterator[Race]:
    through = min(as_of, plan.valid_to - timedelta(days=1)) if plan.valid_to else as_of
    contest, measure = contest_of(plan, component), plan.measures[component.measure]
    for span in spans_of(plan, component, through):
        if span.ends_on > as_of - TOLD_BACK:
            yield Race(version, component, measure, contest, span, span.ends_on <= as_of)


def shows_ranks(definition: Mapping[str, Any]) -> bool:
    """Whether a plan's contents have something to rank people by; said without reading them."""
    components = (definition.get("components") or {}).values()
    return any(one.get("leaderboard", "contest" in (one.get("pays") or {})) for one in components)


def board_of(race: Race, user: Any, as_of: date) -> Board:
    """Places of a race as of today, or of its last day."""
    rows = _kept_places(race, min(as_of, race.span.decided_on))
    named = dict(Payee.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "person__name"))
    mine = set(Payee.objects.filter(person__user_id=user.pk).values_list("pk", flat=True))
    teams = _teams(race, rows)
    places = [
        Place(
            payee_id=payee, name=named.get(payee) or _("Somebody who left"), rank=rank, equal=equal,
            reached=Fraction(reached), group=teams.get(group, group), is_own=payee in mine,
            words=race.words(Fraction(reached)),
        )
        for payee, rank, equal, reached, group in rows
    ]  # fmt: skip
    told = [one for one in places if one.rank]
    own = next((one for one in places if one.is_own), None)
    return Board(race, told, own, _ahead_of(own, told), len(places) - len(told))


def _ahead_of(own: Place | None, told: Sequence[Place]) -> Place | None:
    """Who stands right before; for who takes no part yet, the last who does."""
    if own is None:
        return None
    of_group = [one for one in told if own.rank == 0 or one.group == own.group]
    before = [one for one in of_group if own.rank == 0 or one.rank < own.rank]
    return before[-1] if before else None


def _teams(race: Race, rows: Sequence[Any]) -> dict[str, str]:
    if race.contest.among != p.OF_TEAM:
        return {}
    ids = {int(row[4]) for row in rows if row[4]}
    return {str(pk): name for pk, name in Team.objects.filter(pk__in=ids).values_list("pk", "name")}


def _kept_places(race: Race, through: date) -> list[tuple[int, int, int, str, str]]:
    """(payee, rank, equal, reached, group) of everybody; kept for a minute, or until a credit or a person comes."""
    plan = race.version.plan
    batch = CreditBatch.objects.filter(plan=plan).aggregate(last=Max("pk"))["last"] or 0
    on_plan = plan.assignments.aggregate(last=Max("updated_at"), count=Count("pk"), ended=Count("valid_to"))
    changed = on_plan["last"].timestamp() if on_plan["last"] else 0
    stamp = f"{batch}:{on_plan['count']}:{on_plan['ended']}:{changed}"
    name = f"ranks:{race.version.pk}:{race.version.plan_hash[:16]}:{race.key}:{race.span.label}:{through}:{stamp}"
    found = cache.get(name)
    if found is None:
        found = _places(race, through)
        cache.set(name, found, KEPT_SECONDS)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in found]


def _places(race: Race, through: date) -> list[tuple[int, int, int, str, str]]:
    """As the kernel ranks them, on the credits of the span alone."""
    try:
        terms = terms_of(race.version, on=through)
        terms = replace(terms, plan=narrowed(terms.plan, race.key, race.span))
        standings = ranked(terms.plan, load(terms, through=through).inputs, race.key, through)
    except (PlanError, InputError):
        return []
    ids = terms.ids
    return [(ids[one.payee], one.rank, one.equal, str(one.reached), one.group) for one in standings if one.payee in ids]


def own_boards(user: Any, as_of: date) -> tuple[list[Board], Board | None]:
    """Boards of running races a person takes part in; and the last one that is over, where none runs."""
    running, past = races_for(user, as_of)
    boards = [board for board in (board_of(race, user, as_of) for race in running) if board.own is not None]
    if boards:
        return boards, None
    over = (board_of(race, user, as_of) for race in past[:3])
    return [], next((board for board in over if board.own is not None and board.own.rank), None)


def has_board(user: Any) -> bool:
    """Whether a person is on a plan that ranks its people. Asked once for each loaded user."""
    if "_has_board" not in user.__dict__:
        mine = PlanVersion.objects.filter(
            state=VersionState.PUBLISHED, plan__assignments__payee__person__user_id=user.pk
        ).distinct()
        user.__dict__["_has_board"] = any(
            shows_ranks(one) for one in mine.order_by("pk").values_list("definition", flat=True)
        )
    return bool(user.__dict__["_has_board"])
