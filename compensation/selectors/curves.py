"""A curve of rates by attainment as lines to draw: plain numbers for a picture, and the same as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from compensation.kernel.ladder import Ladder, ladder_of
from compensation.models import PlanVersion
from compensation.selectors import words_of_steps as words
from compensation.selectors.statements import Labels, Month, results_in_force
from compensation.selectors.traces import recalculated

Scale = Callable[[Fraction], float]
Words = Callable[[Fraction], str]
WIDTH, HEIGHT, LEFT, TOP, FOOT = 640, 190, 44, 18, 26
TICKS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a place of the picture."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Rates of a component. path: all of it; done: up to where the payee stands; fields in the picture's units."""

    title: str
    measure: str
    now: str
    missing: str
    path: str
    done: str
    area: str
    here: Mark
    steps: tuple[Mark, ...]
    rows: tuple[Mark, ...]
    columns: tuple[Mark, ...]
    table: tuple[tuple[str, str, bool], ...]
    finding: str


def curves_of(month: Month, labels: Labels) -> list[Curve]:
    """A curve for each component of a month's plans that pays by tiers, calculated from the run's own inputs."""
    if month.run is None:
        return []
    found = []
    for result in results_in_force(month):
        version = result.version
        again = recalculated(month.run, version, [month.payee.pk])
        code = again.terms.codes.get(month.payee.pk, "")
        for key in again.calculation.book.plan.components:
            ladder = ladder_of(again.calculation, key, code)
            if ladder is not None and len(ladder.rungs) > 1:
                found.append(_drawn(ladder, version, labels))
    return found


def _drawn(ladder: Ladder, version: PlanVersion, labels: Labels) -> Curve:
    currency = str(version.plan.currency_id)
    unit = ladder.quota or Fraction(1)
    bounds = [one.high for one in ladder.rungs if one.high is not None]
    widest = max([*bounds, ladder.reached]) * Fraction(115, 100) or Fraction(1)
    tick = _tick(max(one.rate for one in ladder.rungs))
    tallest = tick * TICKS

    def across(value: Fraction) -> float:
        return round(LEFT + float(max(value, Fraction(0)) / widest) * (WIDTH - LEFT - 8), 1)

    def up(rate: Fraction) -> float:
        return round(HEIGHT - FOOT - float(rate / tallest) * (HEIGHT - FOOT - TOP), 1)

    def said(value: Fraction) -> str:
        return words.percent(value / unit) if ladder.quota else words.money(value, currency)

    def bound(value: Fraction) -> str:
        return words.rate(value / unit) if ladder.quota else words.money(value, currency)

    spans = [(one.low, one.high if one.high is not None else widest, one.rate) for one in ladder.rungs]
    rung = ladder.rung
    done = [(low, min(high, ladder.reached), rate) for low, high, rate in spans if low <= ladder.reached]
    path, walked = _path(spans, across, up), _path(done, across, up)
    here = Mark(across(ladder.reached), up(rung.rate), said(ladder.reached))
    base = up(Fraction(0))
    return Curve(
        title=labels.title(version.pk, "components", ladder.component),
        measure=labels.title(version.pk, "measures", ladder.measure),
        now=words.rate(rung.rate),
        missing=_missing(ladder, currency),
        path=path,
        done=walked,
        area=f"{walked} L{here.x} {base} L{across(Fraction(0))} {base} Z",
        here=here,
        steps=tuple(Mark(across((low + high) / 2), up(rate) - 6, words.rate(rate)) for low, high, rate in spans),
        rows=tuple(Mark(LEFT, up(tick * part), words.rate(tick * part)) for part in range(TICKS + 1)),
        columns=tuple(Mark(across(value), HEIGHT - 8, bound(value)) for value in (Fraction(0), *bounds)),
        table=tuple(
            (_table_words(one.low, one.high, bound), words.rate(one.rate), one is rung) for one in ladder.rungs
        ),
        finding=_finding(ladder, said),
    )


def _tick(highest: Fraction) -> Fraction:
    """A plain step of the scale, so that four of them hold the highest rate: 14% -> 4%."""
    wanted, unit = highest * Fraction(11, 10) / TICKS, Fraction(1, 10_000)
    while unit * 10 <= wanted:
        unit *= 10
    return next((unit * part for part in (1, 2, 4, 5) if unit * part >= wanted), unit * 10)


def _path(spans: list[tuple[Fraction, Fraction, Fraction]], across: Scale, up: Scale) -> str:
    """Steps as an SVG path."""
    parts: list[str] = []
    for low, high, rate in spans:
        parts += [f"{across(low)} {up(rate)}", f"{across(high)} {up(rate)}"]
    return f"M{' L'.join(parts)}" if parts else ""


def _table_words(low: Fraction, high: Fraction | None, said: Words) -> str:
    if high is None:
        return _("Above %(low)s") % {"low": said(low)}
    return _("%(low)s to %(high)s") % {"low": said(low), "high": said(high)}


def _missing(ladder: Ladder, currency: str) -> str:
    """Why it isn't the next tier: what is missing to it."""
    rung = ladder.rung
    if rung.high is None:
        return _("This is the highest tier.")
    after = ladder.rungs[ladder.rungs.index(rung) + 1]
    said = {"amount": words.money(rung.high - ladder.reached, currency), "rate": words.rate(after.rate)}
    if after.is_whole:
        return _("%(amount)s more reaches %(rate)s, for everything from the first on.") % said
    return _("%(amount)s more reaches the %(rate)s rate.") % said


def _finding(ladder: Ladder, said: Words) -> str:
    steps = ", ".join(f"{words.rate(one.rate)} {_table_words(one.low, one.high, said)}" for one in ladder.rungs)
    return _("Rates by what is reached: %(steps)s. You are at %(here)s.") % {
        "steps": steps, "here": said(ladder.reached),
    }  # fmt: skip


def has_tiers(month: Month) -> bool:
    """Whether a curve is worth asking for: told without calculating."""
    return any(
        "tiers" in str((one.get("pays") if isinstance(one, dict) else "") or "")
        for result in results_in_force(month)
        for one in (result.version.definition.get("components") or {}).values()
    )
