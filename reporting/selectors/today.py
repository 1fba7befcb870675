"""What a person should do now and where they stand. Every figure is one of the catalogue or a list of the rooms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import registry
from core.kernel import formats
from core.kernel.money import from_minor
from core.kernel.periods import Period
from core.models import in_force_on
from core.registry import FixAsked
from core.selectors import the_company
from people.models import Occupancy, Person, PositionTeam
from pipeline.models import Activity, Opportunity
from pipeline.selectors import work
from pipeline.selectors.cube import Sums, split_sums, sums
from pipeline.selectors.hygiene import reasons_of
from pipeline.services.hygiene_fixes import Change, suggestion
from reporting.metrics import METRICS, Value
from reporting.selectors.links import deals_url
from reporting.selectors.questions import Asked
from reporting.selectors.tiles import Board, shown
from reporting.selectors.trends import trend

MOST_TODO, MOST_ATTENTION, MOST_CLOSING, MOST_DONE = 40, 6, 8, 4
RANKED = 3  # fewer reps with bookings are no ranking
WEEK = timedelta(days=7)
TILES = ("bookings", "open_pipeline", "coverage", "win_rate", "hygiene")


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: a task, a next step that is due, or a close date that has passed."""

    kind: str
    pk: int
    title: str
    url: str
    detail: str
    due: date | None
    tag: str
    tone: str
    icon: str
    row: Activity | Opportunity


@dataclass(frozen=True, slots=True)
class Attention:
    """An own deal that fails checks, with plain reasons, heaviest first, and the change offered for a click.

    asks_step: whether a person must say the next step; without a fix and that, the deal has to be looked at.
    """

    deal: Any
    reasons: list[str]
    fix: Change | None = None
    asks_step: bool = False


@dataclass(frozen=True, slots=True)
class Rank:
    """A place by bookings among the reps of one's team. Never of pay."""

    place: int
    of: int
    team: str


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in words with the address of the rows behind it."""

    label: Any
    text: str
    url: str
    note: str = ""


class Today:
    """The start page of one person; each part is read when the page asks for it, once."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.person: Person | None = getattr(asked.user, "person_or_none", None)

    @property
    def user(self) -> Any:
        return self.asked.user

    @property
    def as_of(self) -> date:
        return self.asked.as_of

    @cached_property
    def is_rep(self) -> bool:
        return self.person is not None and bool(self.user.has_role("rep"))

    @cached_property
    def is_manager(self) -> bool:
        return bool(self.user.has_role("manager"))

    @cached_property
    def is_ops(self) -> bool:
        return bool(self.user.has_role("sales_ops"))

    @property
    def leads_others(self) -> bool:
        """Whether the figures are of more than one's own deals: then they stand above everything."""
        return self.is_manager or self.is_ops

    @property
    def tiles(self) -> list[Any]:
        """The first tiles of the dashboard and the hygiene score, of the same question."""
        made = {entry.key: entry.make(self.board) for entry in registry.tiles if entry.key in TILES}
        return [made[key] for key in TILES if made.get(key) is not None]

    @property
    def days_left(self) -> int:
        return self.asked.period.days - self.asked.day_number

    @cached_property
    def board(self) -> Board:
        """The same figures as the dashboard of the same question."""
        return Board(self.asked, trend(self.asked))

    @cached_property
    def todo(self) -> list[Todo]:
        """What is due or overdue, longest first; tasks without a day come last."""
        if self.person is None:
            return []
        tasks = list(work.own_tasks(self.person, until=self.as_of)[: MOST_TODO + 1])
        found = [_of_task(task, self.as_of) for task in work.named_tasks(self.user, tasks, self.as_of)]
        steps = work.steps_due(self.user, self.person, self.as_of)[:MOST_TODO]
        closes = work.close_dates_past(self.user, self.person, self.as_of)[:MOST_TODO]
        found += [_of_step(deal, self.as_of) for deal in steps]
        found += [_of_close(deal, self.as_of) for deal in closes]
        return sorted(found, key=lambda one: (one.due is None, one.due or self.as_of, one.kind, one.pk))

    @cached_property
    def shown_todo(self) -> list[Todo]:
        return self.todo[:MOST_TODO]

    @property
    def more_todo(self) -> int:
        return max(0, len(self.todo) - MOST_TODO)

    @cached_property
    def done(self) -> list[Activity]:
        """Tasks ticked off since the company's midnight."""
        start = self.asked.at.astimezone(the_company().zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return [] if self.person is None else work.done_since(self.person, at=start, limit=MOST_DONE)

    @cached_property
    def later(self) -> list[Activity]:
        """Tasks of the seven days to come."""
        if self.person is None:
            return []
        ahead = work.own_tasks(self.person, until=self.as_of + WEEK).filter(due_on__gt=self.as_of)
        return list(ahead[:MOST_DONE])

    @cached_property
    def attention(self) -> list[Attention]:
        if self.person is None:
            return []
        failing = work.needing_attention(self.user, self.person, self.as_of)[:MOST_ATTENTION]
        return [_attention(deal, self.as_of) for deal in failing]

    @cached_property
    def attention_note(self) -> str:
        """5 of 13 open, $373,900."""
        if self.person is None:
            return ""
        mine = work.own_open_deals(self.user, self.person, self.as_of).order_by()
        counted = mine.aggregate(
            open=Count("pk"), failing=Count("hygiene__at_stake_minor"), held=Sum("hygiene__at_stake_minor")
        )
        failing = work.needing_attention(self.user, self.person, self.as_of).order_by().count()
        money = formats.whole_money(from_minor(counted["held"] or 0, self.asked.currency), self.asked.currency)
        words = _("%(failing)s of %(open)s open, %(money)s")
        return words % {"failing": formats.whole(failing), "open": formats.whole(counted["open"]), "money": money}

    @cached_property
    def closing(self) -> list[Opportunity]:
        return [] if self.person is None else work.closing_next(self.user, self.person, self.as_of, limit=MOST_CLOSING)

    @cached_property
    def month(self) -> Period:
        return next(one for one in self.asked.calendar.months_of(self.asked.period) if one.contains(self.as_of))

    @cached_property
    def this_month(self) -> Sums:
        """Open deals of one's line that are expected to close in the fiscal month."""
        return sums(replace(self.asked.question, period=self.month))

    @property
    def this_month_url(self) -> str:
        asked = replace(self.asked, question=replace(self.asked.question, period=self.month))
        return deals_url(asked, status="open")

    @property
    def won_url(self) -> str:
        return deals_url(self.asked, status="won")

    @cached_property
    def stand(self) -> list[Line]:
        """The figures below the target, each with the rows behind it."""
        shown_open = deals_url(self.asked, status="open")
        lines = [self._line(name, shown_open) for name in ("open_pipeline", "weighted_pipeline", "coverage_remaining")]
        month, count = self.this_month, formats.whole(self.this_month.open_count)
        money = formats.compact_money(month.open_amount, self.asked.currency)
        label = _("Closing in %(month)s") % {"month": self.month.label}
        deals = ngettext("%(count)s deal", "%(count)s deals", month.open_count) % {"count": count}
        lines.append(Line(label, money, self.this_month_url, deals))
        if self.rank:
            words = {"place": self.rank.place, "of": self.rank.of}
            lines.append(Line(_("Rank by bookings"), _("%(place)s of %(of)s") % words, "", self.rank.team))
        return lines

    def _line(self, name: str, url: str) -> Line:
        metric, value = METRICS[name], self.value(name)
        note = value.reason if value.value is None else ""
        return Line(metric.label, shown(value.value, metric.kind, self.asked.currency), url, note)

    @property
    def to_go(self) -> Decimal | None:
        target, booked = self.value("target").value, self.value("bookings").value
        return None if target is None or booked is None else max(Decimal(0), target - booked)

    def value(self, name: str) -> Value:
        return self.board.value(name)

    @cached_property
    def rank(self) -> Rank | None:
        return rank_of(self.asked, self.person) if self.person and self.is_rep and not self.is_manager else None


def _attention(deal: Any, as_of: date) -> Attention:
    checks = [problem["key"] for problem in deal.problems]
    fix = suggestion(deal, checks, FixAsked(on=as_of, by=None))
    return Attention(deal, reasons_of(deal.problems, as_of), fix, fix is None and "no_next_step" in checks)


def _of_task(task: work.Task, as_of: date) -> Todo:
    row = task.row
    tag, tone, icon = _when(row.due_on, as_of)
    detail = task.name or _("A record you can't see") if row.subject_kind else ""
    return Todo("task", row.pk, row.title, task.url, detail, row.due_on, tag, tone, icon, row)


def _when(due: date | None, as_of: date) -> tuple[str, str, str]:
    """Words, tone and icon of a day on which something is due."""
    if due is None:
        return "", "", ""
    late = (as_of - due).days
    if late <= 0:
        return _("Today"), "", "clock"
    words = ngettext("%(n)s day late", "%(n)s days late", late) % {"n": formats.whole(late)}
    return words, "bad", "clock-exclamation"


def _of_step(deal: Opportunity, as_of: date) -> Todo:
    tag, tone, icon = _when(deal.next_step_due_on, as_of)
    title = deal.next_step or _("Next step of %(deal)s") % {"deal": deal.name}
    return Todo(
        "step", deal.pk, title, deal.get_absolute_url(), _beside(deal), deal.next_step_due_on, tag, tone, icon, deal
    )


def _of_close(deal: Opportunity, as_of: date) -> Todo:
    late = (as_of - deal.expected_close_on).days if deal.expected_close_on else 0
    tag = ngettext("%(n)s day past", "%(n)s days past", late) % {"n": formats.whole(late)}
    title = _("Move the close date of %(deal)s") % {"deal": deal.name}
    was = formats.day(deal.expected_close_on, year_of=as_of)
    detail = _("%(amount)s, was due %(day)s") % {"amount": _amount(deal), "day": was}
    url = deal.get_absolute_url()
    return Todo("close", deal.pk, title, url, detail, deal.expected_close_on, tag, "bad", "calendar-x", deal)


def _beside(deal: Opportunity) -> str:
    parts = [deal.name, _amount(deal)]
    if deal.expected_close_on:
        parts.append(_("closes %(day)s") % {"day": formats.day(deal.expected_close_on)})
    return ", ".join(part for part in parts if part)


def _amount(deal: Opportunity) -> str:
    return _("No amount") if deal.amount is None else formats.whole_money(deal.amount, deal.currency_id)


def rank_of(asked: Asked, person: Person) -> Rank | None:
    """The person's place by bookings of the period in their team; None where there is nothing to rank."""
    day = asked.as_of
    seats = Occupancy.objects.filter(in_force_on(day), person=person).values("position")
    placed = PositionTeam.objects.filter(in_force_on(day), position__in=seats).select_related("team").first()
    if placed is None:
        return None
    question = replace(asked.question, user=None, filters={"team_id": str(placed.team_id)})
    booked = {key: part.won_amount for (key,), part in split_sums(question, ("rep_id",)).items() if part.won_amount}
    mine = booked.get(str(person.pk))
    if mine is None or len(booked) < RANKED:
        return None
    return Rank(1 + sum(other > mine for other in booked.values()), _reps_in(placed, day), placed.team.name)


def _reps_in(placed: PositionTeam, day: date) -> int:
    """Reps who sit in a team on a day."""
    seats = PositionTeam.objects.filter(in_force_on(day), team=placed.team_id, position__is_manager=False)
    return Occupancy.objects.filter(in_force_on(day), position__in=seats.values("position")).count()


def today_of(asked: Asked) -> Today:
    return Today(asked)
