"""A simulation as it may be seen: payee by payee for pay roles; sums of at least five people, of which none can be
taken from another, for the others who see plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import SimulatedOver
from compensation.kernel import crowd
from compensation.kernel.picture import Picture, columns
from compensation.models import Payee, PlanVersion, Simulation
from compensation.selectors.effect_facts import is_told_by_itself
from compensation.selectors.simulating import HIGH, LOW, SCALES
from core.kernel import formats
from core.kernel.money import from_minor

OLD, NEW = "base", "draft"
QUANTILES = (0, 10, 25, 50, 75, 90, 100)
type Sums = dict[int, int]


@dataclass(frozen=True, slots=True)
class Sold:
    """A choice of how much is sold, and what both sides cost then; None: told to pay roles only."""

    scale: str
    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True)
class MonthRow:
    label: str
    old: int | None
    new: int
    target: int


@dataclass(frozen=True, slots=True)
class PayeeRow:
    name: str
    old: int
    new: int

    @property
    def change(self) -> int:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class RankRow:
    """A place in the distribution: a quantile for pay roles, the mean of a group of people for others."""

    label: str
    old: int | None
    new: int | None
    short: str = ""


@dataclass(frozen=True, slots=True)
class Moves:
    """Who gains, who loses, for whom nothing changes, and by how much, minor units."""

    gains: int
    losses: int
    same: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Minor units of the plan's currency. old: the version in force, None where there is none, or it isn't told."""

    simulation: Simulation
    currency: str
    scale: str
    people: int
    sold: tuple[Sold, ...]
    old: int | None
    new: int | None
    low: Sold | None
    high: Sold | None
    posted: int | None
    old_rate: float | None
    new_rate: float | None
    target: int | None
    months: tuple[MonthRow, ...]
    months_chart: Picture
    ranks: tuple[RankRow, ...]
    ranks_chart: Picture
    moves: Moves | None
    rows: tuple[PayeeRow, ...]
    assumed: Mapping[str, Any]
    without_quota: int
    is_pay_role: bool

    @property
    def change(self) -> int | None:
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def finding(self) -> str:
        """What the totals say, in one sentence."""
        if self.new is None:
            return _("Fewer than five people: told to pay roles only.")
        new = _money(self.new, self.currency)
        if self.old is None:
            return _("This version would cost %(new)s.") % {"new": new}
        said = {
            "new": new,
            "old": _money(self.old, self.currency),
            "by": _money(abs(self.new - self.old), self.currency),
        }
        if self.new == self.old:
            return _("This version would cost the same as the one in force: %(new)s.") % said
        if self.new > self.old:
            return _("This version would cost %(new)s, %(by)s more than the one in force.") % said
        return _("This version would cost %(new)s, %(by)s less than the one in force.") % said

    @property
    def ranks_finding(self) -> str:
        if not self.ranks:
            return _("Too few people for a distribution.")
        top, low = self.ranks[-1], self.ranks[0]
        return _("From %(low)s to %(top)s a person under this version.") % {
            "low": _money(low.new or 0, self.currency), "top": _money(top.new or 0, self.currency),
        }  # fmt: skip

    @property
    def months_finding(self) -> str:
        if not self.months:
            return _("A month of fewer than five people is told to pay roles only.")
        top = max(self.months, key=lambda one: one.new)
        return _("%(month)s costs most: %(amount)s.") % {"month": top.label, "amount": _money(top.new, self.currency)}


def last_simulation(version: PlanVersion, over: str) -> Simulation | None:
    rows = Simulation.objects.filter(version=version, over=over).select_related("run", "base", "version__plan")
    return rows.first()


def shown(simulation: Simulation, user: Any, scale: str) -> Shown | None:
    """None while there is no result."""
    if not simulation.result:
        return None
    sees = policies.sees_all_pay(user)
    return _Seen(simulation, scale if scale in SCALES else "100", sees).shown()


class _Seen:
    """A result through the eyes of somebody: what isn't told to them is None."""

    def __init__(self, simulation: Simulation, scale: str, is_pay_role: bool) -> None:
        self.simulation, self.scale, self.sees = simulation, scale, is_pay_role
        self.result, self.currency = simulation.result, str(simulation.result["currency"])
        self.sums = {
            (variant, side): sums_of(told["cells"])
            for variant, sides in self.result["variants"].items()
            for side, told in sides.items()
        }
        self.posted = {int(payee): amount for payee, amount in self.result["posted"].items()}
        self.told = frozenset(self._told())

    def _told(self) -> Sequence[Any]:
        """Keys of the sums that may be told, the plainest ones first; of posted months none where the plan isn't."""
        of_posted = self.simulation.over == SimulatedOver.CLOSED
        if not self.sees and of_posted and not is_told_by_itself(self.simulation.version.plan):
            return []
        order = [("100", OLD), ("100", NEW), (LOW, OLD), (HIGH, OLD), (LOW, NEW), (HIGH, NEW)]
        order += [(scale, side) for scale in SCALES if scale != "100" for side in (OLD, NEW)]
        sums = [(key, self.sums[key]) for key in order if key in self.sums] + [("posted", self.posted)]
        return [key for key, _amounts in sums] if self.sees else crowd.told_sums(sums, policies.FEWEST_TOLD)

    def total(self, variant: str, side: str) -> int | None:
        key = (variant, side)
        return sum(self.sums[key].values()) if key in self.told and key in self.sums else None

    def sold(self, variant: str) -> Sold:
        return Sold(variant, self.total(variant, OLD), self.total(variant, NEW))

    def shown(self) -> Shown:
        months, ranks = self.months(), self.ranks()
        is_open = self.simulation.over == SimulatedOver.OPEN
        return Shown(
            simulation=self.simulation,
            currency=self.currency,
            scale=self.scale,
            people=len(self.people),
            sold=tuple(self.sold(scale) for scale in SCALES),
            old=self.total(self.scale, OLD),
            new=self.total(self.scale, NEW),
            low=self.sold(LOW) if is_open else None,
            high=self.sold(HIGH) if is_open else None,
            posted=sum(self.posted.values()) if self.posted and "posted" in self.told else None,
            old_rate=self.rate(OLD),
            new_rate=self.rate(NEW),
            target=self.target(),
            months=months,
            months_chart=_months_chart(months, self.currency),
            ranks=ranks,
            ranks_chart=_ranks_chart(ranks, self.currency),
            moves=self.moves(),
            rows=self.rows() if self.sees else (),
            assumed=self.result["assumed"],
            without_quota=self.result["without_quota"],
            is_pay_role=self.sees,
        )

    @property
    def people(self) -> frozenset[int]:
        return crowd.earning(self.of(OLD)) | crowd.earning(self.of(NEW))

    def of(self, side: str) -> Sums:
        return self.sums.get((self.scale, side), {})

    def rate(self, side: str) -> float | None:
        """What it costs of what was credited, in percent; nothing without credits."""
        total = self.total(self.scale, side)
        credited = self.result["variants"][self.scale].get(side, {}).get("credited", 0)
        return None if total is None or not credited else 100 * total / credited

    def target(self) -> int | None:
        """Variable pay of the people on the plan, which tells of them all or of nobody."""
        fits = self.sees or self.result["people"] >= policies.FEWEST_TOLD
        return sum(self.result["target"].values()) or None if fits else None

    def months(self) -> tuple[MonthRow, ...]:
        """Month by month; for who sees nobody's pay all of them, or none where one is of too few people."""
        sides = self.result["variants"][self.scale]
        by_month = {side: _by_month(told["cells"]) for side, told in sides.items()}
        names = sorted({month for months in by_month.values() for month in months} | set(self.result["target"]))
        if not self.sees and not all(self._fits(by_month, month) for month in names):
            return ()
        if self.total(self.scale, NEW) is None or (OLD in sides and self.total(self.scale, OLD) is None):
            return ()
        target = self.result["target"] if self.target() is not None else {}
        return tuple(
            MonthRow(
                f"{date.fromisoformat(month):%b %Y}",
                sum(by_month[OLD].get(month, {}).values()) if OLD in by_month else None,
                sum(by_month[NEW].get(month, {}).values()),
                target.get(month, 0),
            )
            for month in names
        )

    def _fits(self, by_month: Mapping[str, Mapping[str, Sums]], month: str) -> bool:
        sums = [(side, months.get(month, {})) for side, months in by_month.items()]
        return len(crowd.told_sums(sums, policies.FEWEST_TOLD)) == len(sums)

    def ranks(self) -> tuple[RankRow, ...]:
        """Quantiles of what people earn; means of groups of at least five for who sees nobody's pay."""
        people = sorted(self.people)
        old, new = ([self.of(side).get(one, 0) for one in people] for side in (OLD, NEW))
        has_old = (self.scale, OLD) in self.sums
        if self.sees:
            return tuple(
                RankRow(
                    _quantile_words(q),
                    quantile(old, q) if has_old else None,
                    quantile(new, q),
                    "" if q in (0, 50, 100) else f"{q}%",
                )
                for q in QUANTILES
                if people
            )
        if self.total(self.scale, NEW) is None or (has_old and self.total(self.scale, OLD) is None):
            return ()
        groups = [crowd.ranked_groups(values, policies.FEWEST_TOLD) for values in (old, new)]
        return tuple(
            RankRow(_("Group %(number)s") % {"number": number}, _mean(was) if has_old else None, _mean(now))
            for number, (was, now) in enumerate(zip(*groups, strict=True), start=1)
        )

    def moves(self) -> Moves | None:
        """None without a version in force, or where a group of those who gain or lose is too small to be told."""
        if self.total(self.scale, OLD) is None or self.total(self.scale, NEW) is None:
            return None
        changes = [self.of(NEW).get(one, 0) - self.of(OLD).get(one, 0) for one in sorted(self.people)]
        gains, losses = [one for one in changes if one > 0], [one for one in changes if one < 0]
        same = len(changes) - len(gains) - len(losses)
        if not self.sees and not all(
            crowd.is_told(number, policies.FEWEST_TOLD) for number in (len(gains), len(losses), same)
        ):
            return None
        return Moves(len(gains), len(losses), same, sum(gains), sum(losses))

    def rows(self) -> tuple[PayeeRow, ...]:
        """Payee by payee, the largest changes first."""
        names = {one.pk: str(one) for one in Payee.objects.filter(pk__in=self.people).select_related("person")}
        found = [
            PayeeRow(names.get(one, "–"), self.of(OLD).get(one, 0), self.of(NEW).get(one, 0)) for one in self.people
        ]
        return tuple(sorted(found, key=lambda one: (-abs(one.change), one.name)))


def sums_of(cells: Mapping[str, Mapping[str, int]]) -> Sums:
    return {int(payee): sum(months.values()) for payee, months in cells.items()}


def _by_month(cells: Mapping[str, Mapping[str, int]]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for payee, months in cells.items():
        for month, amount in months.items():
            found.setdefault(month, {})[int(payee)] = amount
    return found


def quantile(values: Sequence[int], percent: int) -> int:
    """The value at a place in the order, between two neighbours in proportion. [0, 100] at 25: 25."""
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent
    low, rest = divmod(at, 100)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + round((ordered[high] - ordered[low]) * rest / 100)


def _quantile_words(percent: int) -> str:
    said = {0: _("Lowest"), 50: _("Median"), 100: _("Highest")}
    return str(said.get(percent) or _("%(percent)s%% earn less") % {"percent": percent})


def _mean(values: Sequence[int | float]) -> int:
    return round(sum(values) / len(values))


def _money(minor: int, currency: str) -> str:
    return formats.exact_money(from_minor(minor, currency), currency)


def _short(currency: str) -> Any:
    """Words for ticks and columns, which are drawn in whole units."""
    return lambda value: formats.compact_money(value, currency)


def _units(minor: int | None, currency: str) -> float:
    return float(from_minor(minor or 0, currency))


def _months_chart(months: Sequence[MonthRow], currency: str) -> Picture:
    series = [[_units(one.old, currency) for one in months]] if any(one.old is not None for one in months) else []
    series.append([_units(one.new, currency) for one in months])
    line = [_units(one.target, currency) for one in months] if any(one.target for one in months) else []
    return columns([one.label for one in months], series, _short(currency), line=line)


def _ranks_chart(ranks: Sequence[RankRow], currency: str) -> Picture:
    series = [[_units(one.old, currency) for one in ranks]] if any(one.old is not None for one in ranks) else []
    series.append([_units(one.new, currency) for one in ranks])
    return columns([one.short or one.label for one in ranks], series, _short(currency))
