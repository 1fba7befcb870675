"""The board: deals by stage, each column with exact sums of all behind the filters and its first cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, Count, DateField, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from core import registry
from core.enums import RateKind
from core.kernel.access import SignedIn
from core.kernel.periods import ALL, Period
from core.models import FxRate
from core.selectors import the_company
from pipeline.enums import Status
from pipeline.models import Opportunity, SalesProcess, Stage
from pipeline.policies import editable_opportunities, joined_ids
from pipeline.selectors.cube import Question, Sums, span_sums
from pipeline.selectors.hygiene import problems_of

CARDS = 12
NONE = Decimal(0)
MOST_DIGITS = 20  # no amount has more before its point
_TONES = {"high": "bad", "medium": "warn", "low": ""}
_ICONS = {
    "overdue_close": "calendar-x",
    "undated": "calendar-question",
    "stale": "clock-pause",
    "pushed_often": "calendar-repeat",
    "no_contact": "users",
    "no_buyer": "users",
    "owner_left": "user-off",
}
_SAID_ELSEWHERE = frozenset({"no_next_step", "next_step_overdue"})  # the card's next step shows them
_MONEY = DecimalField(max_digits=40, decimal_places=8)


@dataclass(slots=True)
class Column:
    """A stage with its sums in the reporting currency, unrounded, over all its deals; `more` leads past the cards."""

    stage: Stage
    count: int = 0
    amount: Decimal = NONE
    weighted: Decimal = NONE
    unconverted: int = 0
    cards: list[Any] = field(default_factory=list)
    more: str = ""

    @property
    def is_open(self) -> bool:
        return self.stage.status == Status.OPEN


@dataclass(frozen=True, slots=True)
class Asked:
    """What a board shows: deals behind the filters (`deals`), of one process, closed ones of a span of days.

    `plain`: the filters as the aggregate knows them, or None where it doesn't know one of them.
    """

    user: SignedIn
    deals: QuerySet[Opportunity]
    process: SalesProcess
    closed_in: Period | None
    as_of: date
    plain: Mapping[str, str] | None = None

    def of(self, stage: Stage) -> QuerySet[Opportunity]:
        """Deals of one column: open ones, or those closed in the span."""
        mine = self.deals.filter(stage=stage.pk, status=stage.status)
        if stage.status == Status.OPEN or self.closed_in is None:
            return mine
        return mine.filter(closed_on__gte=self.closed_in.start, closed_on__lt=self.closed_in.end)

    @property
    def shown(self) -> QuerySet[Opportunity]:
        """Open deals, and those closed in the span, of the process."""
        mine = self.deals.filter(process=self.process)
        if self.closed_in is None:
            return mine
        closed = Q(closed_on__gte=self.closed_in.start, closed_on__lt=self.closed_in.end)
        return mine.filter(Q(status=Status.OPEN) | closed & ~Q(status=Status.OPEN))


def processes() -> list[SalesProcess]:
    return list(SalesProcess.objects.order_by("-is_default", "name"))


def board_columns(asked: Asked, *, with_cards: bool = True) -> list[Column]:
    """A column for each stage in use, or with deals, in order; cards by amount, the largest first.

    A number of statements that doesn't grow with deals: sums, the first ids of every column, their cards, whose may
    be changed.
    """
    sums = _sums(asked)
    stages = Stage.objects.filter(process=asked.process).order_by("position", "id")
    columns = [sums.get(stage.pk) or Column(stage) for stage in stages if stage.is_active or stage.pk in sums]
    for column in columns:
        column.stage = next(stage for stage in stages if stage.pk == column.stage.pk)
    if with_cards and columns:
        _deal_out(asked, columns)
    return columns


def more_cards(asked: Asked, stage: Stage, after: str) -> Column:
    """The next cards of one column after a cursor; without sums."""
    column = Column(stage)
    _deal_out(asked, [column], after=after)
    return column


def _sums(asked: Asked) -> dict[int, Column]:
    """Sums by stage: from the aggregate where it knows the same, else by one statement over the deals."""
    if asked.plain is not None and asked.closed_in is not None and not _sees_others(asked):
        return _kept_sums(asked)
    found: dict[int, Column] = {}
    rates = _rates(asked.as_of)
    for stage_id, currency, day, count, known, amount, product in _grouped(asked):
        column = found.setdefault(stage_id, Column(Stage(pk=stage_id)))
        rate = rates(currency, day)
        column.count += count
        if rate is None:
            column.unconverted += known
            continue
        column.amount += (amount or NONE) * rate
        column.weighted += (product or NONE) * rate / 100
    return found


def _grouped(asked: Asked) -> QuerySet[Opportunity, tuple[Any, ...]]:
    """One row for each stage, currency and, for closed deals in a foreign currency, day of the rate."""
    home = the_company().currency_id
    abroad = When(~Q(status=Status.OPEN) & ~Q(currency=home), then=F("closed_on"))
    chance = F("amount") * Coalesce(F("probability"), F("stage__probability"))
    groups = asked.shown.order_by().annotate(rate_day=Case(abroad, default=Value(None), output_field=DateField()))
    return groups.values_list("stage_id", "currency_id", "rate_day").annotate(
        deals=Count("pk"), known=Count("amount"), total=Sum("amount"), chance=Sum(chance, output_field=_MONEY)
    )


def _rates(as_of: date) -> Any:
    """rate(currency, day or None for today) -> plan rate or None."""
    home = str(the_company().currency_id)
    spans: dict[str, list[tuple[date, date | None, Decimal]]] = {}
    for one in FxRate.objects.filter(kind=RateKind.PLAN):
        spans.setdefault(str(one.currency_id), []).append((one.valid_from, one.valid_to, one.rate))

    def rate(currency: str, day: date | None) -> Decimal | None:
        on = day or as_of
        if currency == home:
            return Decimal(1)
        return next((r for start, end, r in spans.get(currency, ()) if start <= on and (not end or on < end)), None)

    return rate


def _sees_others(asked: Asked) -> bool:
    """Deals beside the person's line, which the aggregate of their line doesn't hold."""
    return bool(joined_ids(asked.user) or asked.user.shared_ids("opportunity", asked.as_of))


def _kept_sums(asked: Asked) -> dict[int, Column]:
    assert asked.closed_in is not None and asked.plain is not None
    always = Period(ALL, ALL, date.min, date.max, "")
    question = Question(asked.closed_in, asked.as_of, user=asked.user, filters=asked.plain)
    now, closed = span_sums(question, [always, asked.closed_in], ("stage_id",))
    ours = set(Stage.objects.filter(process=asked.process).values_list("pk", "status"))
    found = {}
    for pk, status in ours:
        sums = (now if status == Status.OPEN else closed).get((str(pk),))
        column = _column(pk, status, sums) if sums else None
        if column and column.count:
            found[pk] = column
    return found


def _column(pk: int, status: str, sums: Sums) -> Column:
    stage = Stage(pk=pk)
    if status == Status.OPEN:
        count = sums.open_count
        return Column(stage, count, sums.open_amount, sums.open_weighted, sums.unconverted)
    if status == Status.WON:
        return Column(stage, sums.won_count, sums.won_amount, sums.won_amount)
    return Column(stage, sums.lost_count, sums.lost_amount, NONE)


def _deal_out(asked: Asked, columns: Sequence[Column], *, after: str = "") -> None:
    """Give columns their cards, one more than shown telling that there are more."""
    order = (F("amount").desc(nulls_last=True), "-id")
    past = _beyond(after)
    firsts = [asked.of(c.stage).filter(past).order_by(*order).values_list("pk")[: CARDS + 1] for c in columns]
    ids = [pk for (pk,) in (firsts[0].union(*firsts[1:], all=True) if len(firsts) > 1 else firsts[0])]
    deals = cards_of(asked.user, ids, asked.as_of)
    for column in columns:
        mine = [deal for deal in deals if deal.stage_id == column.stage.pk]
        column.cards = mine[:CARDS]
        column.more = _cursor(column.cards[-1]) if len(mine) > CARDS else ""


def cards_of(user: SignedIn, ids: Sequence[int], as_of: date) -> list[Any]:
    """Deals a person was found to see, as cards: with names, tags of what stands against them, and `may_edit`."""
    deals = Opportunity.objects.filter(pk__in=ids).select_related("account", "owner", "stage", "product")
    order = (F("amount").desc(nulls_last=True), "-id")
    found = list(deals.annotate(problems=problems_of()).order_by(*order))
    editable = set(editable_opportunities(user, as_of).filter(pk__in=ids).values_list("pk", flat=True))
    for deal in found:
        deal.may_edit = deal.pk in editable  # type: ignore[attr-defined]  # -- what a card shows besides its columns
        deal.below = _below(deal)  # type: ignore[attr-defined]  # -- the same
        deal.risks = risks_of(deal, as_of) if deal.is_open else []  # type: ignore[attr-defined]  # -- the same
        deal.is_late = deal.is_open and bool(deal.expected_close_on and deal.expected_close_on < as_of)  # type: ignore[attr-defined]  # -- the same
        deal.step_is_late = bool(deal.next_step_due_on and deal.next_step_due_on < as_of)  # type: ignore[attr-defined]  # -- the same
    return found


def _below(deal: Opportunity) -> str:
    """The line below the name: account and product, without the account where the name has it already."""
    account = str(deal.account or "")
    names = ["" if account.casefold() in deal.name.casefold() else account, str(deal.product or "")]
    return " · ".join(name for name in names if name) or account


def risks_of(deal: Any, as_of: date) -> list[tuple[str, str, str]]:
    """What stands against a deal, heaviest first: (words, tone, icon). Next steps are told by the card itself."""
    known = [p for p in deal.problems if p["key"] not in _SAID_ELSEWHERE and registry.hygiene_checks.find(p["key"])]
    known.sort(key=lambda p: list(_TONES).index(p["severity"]))
    return [
        (
            registry.hygiene_checks[p["key"]].reason(p["fact"], as_of),
            _TONES[p["severity"]],
            _ICONS.get(p["key"], "alert-triangle"),
        )
        for p in known
    ]


def _cursor(deal: Opportunity) -> str:
    return f"{'' if deal.amount is None else deal.amount}_{deal.pk}"


def _beyond(after: str) -> Q:
    """Deals after a cursor in the order of cards; a cursor that isn't one is passed over."""
    amount, split, pk = after.partition("_")
    if not split or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return Q()
    if not amount:
        return Q(amount=None, pk__lt=int(pk))
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return Q()
    if not value.is_finite() or value.adjusted() > MOST_DIGITS:
        return Q()
    return Q(amount__lt=value) | Q(amount=value, pk__lt=int(pk)) | Q(amount=None)
