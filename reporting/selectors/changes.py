"""What happened to the open pipeline since a day: the waterfall as a chart, its finding, the deals of each bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.kernel import formats
from core.kernel.access import SignedIn
from core.kernel.periods import ALL
from pipeline.models import Opportunity
from pipeline.selectors.cube import Sums
from pipeline.selectors.deals import deals_for
from pipeline.selectors.waterfall import Bucket, NoNight, Waterfall, deals_in, waterfall
from reporting import charts
from reporting.selectors.links import page_url
from reporting.selectors.options import Choice
from reporting.selectors.questions import Asked

COLOURS = {"won": "$ink"}
DAYS_BACK = ((1, gettext_lazy("Yesterday")), (7, gettext_lazy("A week ago")), (30, gettext_lazy("30 days ago")))
MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One bucket with the address of its deals; amounts as they are shown."""

    label: Any
    deals: int
    amount: str
    url: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The waterfall of the page. figure None: there is no snapshot to compare with."""

    since: date
    choices: Sequence[Choice]
    figure: dict[str, Any] | None = None
    finding: Any = ""
    note: str = ""
    steps: Sequence[Step] = ()
    table: dict[str, Any] | None = None


def changes(asked: Asked, now: Sums | None = None) -> Changes | None:
    """None for a period that is over: nothing in it is open any more. now: sums of the period, where there."""
    if asked.period.kind != ALL and asked.as_of >= asked.period.end:
        return None
    try:
        found = waterfall(asked.question, asked.since, now)
    except NoNight:
        return Changes(asked.since, _choices(asked))
    moved = [bucket for bucket in found.buckets if bucket.deals]
    return Changes(
        since=found.since,
        choices=_choices(asked),
        figure=_figure(asked, found, moved),
        finding=_finding(asked, found, moved),
        note=_note(asked, found),
        steps=[_step(asked, bucket) for bucket in moved],
        table=_table(asked, found, moved),
    )


def changed_deals(asked: Asked, bucket: str, user: SignedIn) -> QuerySet[Opportunity]:
    """The deals of a bucket that the person sees today; none where no night is known. Raises KeyError for a bucket."""
    try:
        ids = deals_in(asked.question, asked.since, bucket)
    except NoNight:
        ids = []
    return deals_for(user, asked.as_of).filter(pk__in=ids)


def _choices(asked: Asked) -> list[Choice]:
    days = [(asked.as_of - timedelta(days=back), str(words)) for back, words in DAYS_BACK]
    if asked.period.kind != ALL and asked.period.start < asked.as_of:
        days.append((asked.period.start, _("Start of the period")))
    return [
        Choice(
            f"{words}, {formats.day(day, year_of=asked.as_of)}",
            url=page_url(asked, since=day),
            active=day == asked.since,
        )
        for day, words in days
    ]


def _figure(asked: Asked, found: Waterfall, moved: Sequence[Bucket]) -> dict[str, Any]:
    steps = [(str(bucket.label).replace(" ", "<br>"), _colour(bucket), float(bucket.amount)) for bucket in moved]
    first, last = _("Open<br>%(day)s"), _("Open<br>%(day)s")
    return charts.waterfall(
        first=(first % {"day": _short(found.since)}, float(found.start.amount)),
        steps=steps,
        last=(last % {"day": _short(asked.as_of)}, float(found.end.amount)),
        currency=asked.currency,
    )


def _short(day: date) -> str:
    return formats.day(day, year_of=day)


def _colour(bucket: Bucket) -> str:
    return COLOURS.get(bucket.key, "$accent" if bucket.amount >= 0 else "$counter")


def _note(asked: Asked, found: Waterfall) -> str:
    floor = charts.floor_of(
        float(found.start.amount), [float(bucket.amount) for bucket in found.buckets], float(found.end.amount)
    )
    parts = [_("axis starts at %(money)s") % {"money": formats.compact_money(floor, asked.currency)}] if floor else []
    return ", ".join([*parts, *([_("reconstructed from history")] if found.is_reconstructed else [])])


def _finding(asked: Asked, found: Waterfall, moved: Sequence[Bucket]) -> Any:
    size = found.end.amount - found.start.amount
    if not moved:
        return _("Nothing changed.")
    if not size:
        return _("Open pipeline is as large as it was; what came in equals what left.")
    verb = _("rose") if size > 0 else _("fell")
    came = _side(asked, [bucket for bucket in moved if bucket.amount > 0])
    left = _side(asked, [bucket for bucket in moved if bucket.amount < 0])
    money = formats.compact_money(abs(size), asked.currency)
    words = _("Open pipeline {} <b>{}</b>: {} came in{}, {} left{}.")
    return format_html(words, verb, money, came[0], came[1], left[0], left[1])


def _side(asked: Asked, buckets: Sequence[Bucket]) -> tuple[str, str]:
    """What one direction adds up to, and the largest buckets in it."""
    total = sum(abs(bucket.amount) for bucket in buckets)
    largest = sorted(buckets, key=lambda bucket: -abs(bucket.amount))[:MOST_NAMED]
    names = ", ".join(str(bucket.label).lower() for bucket in largest)
    return formats.compact_money(total, asked.currency), f" ({names})" if names else ""


def _step(asked: Asked, bucket: Bucket) -> Step:
    url = page_url(asked, "reporting:changes", bucket.key, since=asked.since)
    return Step(bucket.label, bucket.deals, formats.compact_money(bucket.amount, asked.currency, plus=True), url)


def _table(asked: Asked, found: Waterfall, moved: Sequence[Bucket]) -> dict[str, Any]:
    def money(amount: Any, *, plus: bool = True) -> str:
        return formats.exact_money(amount, asked.currency, plus=plus)

    first = [_("Open on %(day)s") % {"day": formats.day(found.since)}, formats.whole(found.start.deals)]
    last = [_("Open on %(day)s") % {"day": formats.day(asked.as_of)}, formats.whole(found.end.deals)]
    rows = [[str(bucket.label), formats.whole(bucket.deals), money(bucket.amount)] for bucket in moved]
    start, end = money(found.start.amount, plus=False), money(found.end.amount, plus=False)
    return {"head": [_("Change"), _("Deals"), _("Amount")], "rows": [[*first, start], *rows, [*last, end]]}
