"""The rate curve of a version's page: what a component pays by attainment, beside another version's."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from compensation.kernel.drawing import Chart, Point, chart, round_ticks
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.preview import QUOTA, Preview, preview, previews, rate_at
from compensation.kernel.reading import PlanError, read_plan
from compensation.models import PlanVersion
from core.kernel import formats
from core.kernel.money import from_minor

SPOKEN_AT = Fraction(13, 10)
WIDEST = Fraction(3, 2)


@dataclass(frozen=True, slots=True)
class CurveRow:
    attainment: str
    rate: str
    pay: Any
    other_rate: str
    other_pay: Any


@dataclass(frozen=True, slots=True)
class RateCurve:
    """choices: (key, title) of the components that have one; is_rate: rates are drawn, else pay."""

    key: str
    choices: tuple[tuple[str, str], ...]
    chart: Chart
    rows: tuple[CurveRow, ...]
    is_rate: bool
    currency: str
    quota: int
    spoken: CurveRow | None


def rate_curve(version: PlanVersion, other: PlanVersion | None, key: str) -> RateCurve | None:
    """The curve of a component of a version ("" for the first that has one); None where none has."""
    plan = _read(version)
    shown = previews(plan) if plan else []
    one = next((each for each in shown if each.key == key), shown[0] if shown else None)
    if plan is None or one is None:
        return None
    before = _read(other) if other else None
    beside = preview(before, one.key) if before and one.key in before.components else None
    is_rate = bool(one.steps) and (beside is None or bool(beside.steps))
    labels = f"v{version.number}", f"v{other.number}" if other else ""
    rows = _rows(plan, one, beside)
    return RateCurve(
        key=one.key,
        choices=tuple((each.key, each.title) for each in shown),
        chart=_chart(plan, one, beside, labels, is_rate=is_rate),
        rows=tuple(row for _share, row in rows),
        is_rate=is_rate,
        currency=plan.currency,
        quota=QUOTA,
        spoken=next((row for share, row in rows if share == SPOKEN_AT), None),
    )


def _read(version: PlanVersion) -> PlanTerms | None:
    try:
        return read_plan(version.document)
    except PlanError:
        return None


def _rows(plan: PlanTerms, one: Preview, beside: Preview | None) -> list[tuple[Fraction, CurveRow]]:
    money = lambda minor: None if minor is None else from_minor(minor, plan.currency)  # noqa: E731 -- one currency
    shares = sorted(one.pays.keys() | (beside.pays.keys() if beside else set()))
    known = [share for share in shares if share in one.pays]
    return [
        (
            share,
            CurveRow(
                _percent(share), _rate(one, share), money(one.pays[share]), _rate(beside, share),
                money(beside.pays.get(share)) if beside else None,
            ),
        )
        for share in known
    ]  # fmt: skip


def _rate(one: Preview | None, share: Fraction) -> str:
    rate = rate_at(one.steps, share) if one else None
    return "" if rate is None else _percent(rate)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.6g}%"


def _chart(plan: PlanTerms, one: Preview, beside: Preview | None, labels: tuple[str, str], *, is_rate: bool) -> Chart:
    drawn = [(labels[0], one), *([(labels[1], beside)] if beside else [])]
    lines = [(label, _points(plan, each, is_rate=is_rate)) for label, each in drawn]
    ends = [f"{label} {_end(plan, points, is_rate=is_rate)}" for label, points in lines]
    bounds = sorted({step.low for _label, each in drawn for step in each.steps if step.low <= WIDEST} | {Fraction(1)})
    across = [(float(share), _percent(share)) for share in dict.fromkeys([Fraction(0), *_spread(bounds), WIDEST])]
    highest = max((y for _label, points in lines for _x, y in points), default=1)
    up = [(y, f"{y:.4g}%" if is_rate else formats.compact_money(y, plan.currency)) for y in round_ticks(highest)]
    return chart([(end, points) for end, (_label, points) in zip(ends, lines, strict=True)], across, up)


def _spread(bounds: list[Fraction]) -> list[Fraction]:
    """Bounds whose words don't stand on each other."""
    found: list[Fraction] = []
    for bound in bounds:
        if Fraction(1, 5) <= bound <= WIDEST - Fraction(1, 4) and all(bound - one >= Fraction(1, 4) for one in found):
            found.append(bound)
    return found


def _points(plan: PlanTerms, one: Preview, *, is_rate: bool) -> list[Point]:
    if not is_rate:
        return [(float(share), float(from_minor(pay, plan.currency))) for share, pay in sorted(one.pays.items())]
    found: list[Point] = []
    for step in one.steps:
        if step.low < WIDEST:
            high = min(step.high, WIDEST) if step.high is not None else WIDEST
            found += [(float(step.low), float(step.rate * 100)), (float(high), float(step.rate * 100))]
    return found


def _end(plan: PlanTerms, points: list[Point], *, is_rate: bool) -> str:
    last = points[-1][1]
    return f"{last:.4g}%" if is_rate else formats.compact_money(last, plan.currency)
