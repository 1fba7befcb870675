"""A compensation plan as data: measures, and components that say what is paid on them. Frozen; made by reading.py.

Shares and rates are exact fractions (8% is 2/25). Amounts in formulas are in whole units of the plan's currency
(5000 is 5,000.00), amounts in results in its minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from compensation.kernel.clauses import Clause
from compensation.kernel.formula import Node

QUOTA_CREDIT, COMMISSIONABLE, COUNT = "quota_credit", "commissionable", "count"
SELF, REPORTS, LINE, TEAM = "self", "reports", "line", "team"
ATTAINMENT, AMOUNT, UNITS = "attainment", "amount", "count"
CREDITED = "credited"
EVERYBODY, OF_ROLE, OF_TEAM = "plan", "role", "team"
SHARED, EARLIER = "share", "earlier"
PART, NOTHING = "part", "nothing"
TOP_SLICE, REWALK, ORIGINAL_RATE = "top_slice", "rewalk", "original_rate"
OVER_DEALS, EXPENSED = "deals", "expense"


@dataclass(frozen=True, slots=True)
class Dated:
    """A parameter's value from a day on."""

    valid_from: date
    value: Node


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum of credits over a span: what attainment is measured by. of: whose credits (see SELF ...)."""

    key: str
    title: str
    credits: tuple[str, ...]
    where: Node | None
    adds: str
    over: str
    of: str
    quota: str
    less_is_better: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of each credit's commissionable amount; the formula may use the credit's fields."""

    rate: Node


@dataclass(frozen=True, slots=True)
class Each:
    """An amount for each credit: SPIFF, kicker, bonus per meeting. The formula may use the credit's fields."""

    amount: Node
    when: Node | None


@dataclass(frozen=True, slots=True)
class Band:
    """A rate for credits of a size: from the one value up to and with the other (none: without end)."""

    low: Fraction
    high: Fraction | None
    rate: Node


@dataclass(frozen=True, slots=True)
class Bands:
    """A rate by the size of each credit by itself (deal size, discount, term); the first band that holds it decides.

    is_sliced: each band's rate is for the part of the credit's amount that lies in it, not for all of it.
    """

    by: Node
    bands: tuple[Band, ...]
    is_sliced: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to a bound (none: without end), which itself belongs to the tier unless `excludes`.

    is_whole: reached, the rate holds for everything from the first unit on (retroactive), not for the slice alone.
    begins: where the file says it begins, which the linter compares with the bound before it.
    """

    bound: Fraction | None
    excludes: bool
    rate: Node
    is_whole: bool
    begins: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    """Rates by how far the measure has come: in shares of quota, in money, or in units."""

    by: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A share of an amount by attainment: straight between points, or steps that hold from their point on."""

    points: tuple[tuple[Fraction, Fraction], ...]
    is_step: bool
    below_is_zero: bool
    goes_on: bool
    of: Node


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a row or column of a matrix begins: from the value on, or only above it."""

    value: Fraction
    is_above: bool


@dataclass(frozen=True, slots=True)
class Axis:
    measure: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A share of an amount by two attainments. Below the first edge of either nothing is paid."""

    rows: Axis
    columns: Axis
    cells: tuple[tuple[Fraction, ...], ...]
    of: Node


@dataclass(frozen=True, slots=True)
class Lump:
    """An amount for a span of time, when a condition holds at its end: bonus, MBO, guarantee of a component."""

    amount: Node
    when: Node | None


@dataclass(frozen=True, slots=True)
class Item:
    """A goal of a scorecard: its weight, what it came to, a gate below which it counts nothing, and a cap."""

    title: str
    weight: Fraction
    result: Node
    gate: Fraction | None
    cap: Fraction | None
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A share of an amount: the weighted sum of goals. Weights needn't be 100 %; the linter asks about it."""

    items: tuple[Item, ...]
    of: Node


@dataclass(frozen=True, slots=True)
class Pool:
    """An amount for a team, divided among its people: evenly by days, or by what each brought in. Parts sum to it.

    when: who takes part, as of the end of the span; shares: what the parts are in proportion to, instead of `by`.
    """

    amount: Node
    by: str
    when: Node | None = None
    shares: Node | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """Prizes by rank at the end of the measure's span, among those on the plan, of a role or of a team.

    by: CREDITED or ATTAINMENT; who has nothing of it, or less than at_least (in whole units, or as a share), takes no
    part. ties: SHARED (those who are equal divide the prizes of their ranks) or EARLIER (who has stood there since an
    earlier day is before; of one day they share). roles: which plan roles take part (none: all). who: which people, or
    those of which groups (none: all). between: groups that are ranked in place of people; theirs divide its prize.
    """

    prizes: tuple[Node, ...]
    by: str
    among: str
    roles: frozenset[str]
    at_least: Node | None
    ties: str
    who: frozenset[str] = frozenset()
    between: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A share of what others earn by components, line by line; of: REPORTS or LINE.

    levels: a rate for each level instead, of those right below first; of levels below the last one nothing.
    """

    components: tuple[str, ...]
    rate: Node
    of: str
    levels: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several schedules, by the first condition that holds at the end of the span; else the last."""

    options: tuple[tuple[Node | None, Pays], ...]


Pays = Rate | Each | Bands | Tiers | Curve | Matrix | Lump | Scorecard | Pool | Contest | Override | Choice


@dataclass(frozen=True, slots=True)
class Gate:
    """While the condition doesn't hold, only a share is paid (none: nothing).

    catches_up: judged anew for all of the window so far, so that what a closed gate held back is paid once it opens.
    """

    when: Node
    otherwise: Node
    catches_up: bool = False


@dataclass(frozen=True, slots=True)
class Multiply:
    """A factor; catches_up: for all of the window so far, not only for what is earned from now on."""

    by: Node
    catches_up: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap (is_cap) or floor in money per: credit, period (of pay), or a span such as quarter and year."""

    is_cap: bool
    amount: Node
    per: str


@dataclass(frozen=True, slots=True)
class Budget:
    """One for all payees in each of the measure's spans: the first so many lines, or what the amount lasts for, by day
    and key. last: whether the line that is more than what is left gets a PART, or NOTHING.
    """

    first: int | None
    amount: Node | None
    last: str


Step = Gate | Multiply | Limit | Budget


@dataclass(frozen=True, slots=True)
class Hold:
    """A share that is kept back and let go: after so many months, or when the plan is accepted, or never (forfeit).

    collected_by: with the part of a deal that credits of this kind have brought of it ("": none).
    """

    share: Fraction
    months: int | None
    until_accepted: bool
    collected_by: str = ""


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share of each line that is paid so many months after it was earned; residuals are many of them."""

    share: Fraction
    months: int


@dataclass(frozen=True, slots=True)
class Component:
    """What is earned on a measure. Steps act in their order: a modifier after a cap is written after it.

    settles: at the end of which span lines become due ("": as they are credited). interim_cap: the most that the window
    comes to before its last span settles. quota_to_date: attainment is judged by the quota of the window so far.
    shows_ranks: on leaderboards, to those on the plan: what each has brought in, never pay.
    is_incremental: a cost of winning contracts, an asset of the books; without_deal: whether what no single deal earned
    is divided over the deals that made the measure (OVER_DEALS), or EXPENSED.
    """

    key: str
    title: str
    measure: str
    where: Node | None
    pays: Pays
    then: tuple[Step, ...]
    settles: str
    interim_cap: Node | None
    quota_to_date: bool
    returns: str
    returns_lower_attainment: bool
    hold: Hold | None
    instalments: tuple[Instalment, ...]
    is_incremental: bool
    valid_from: date | None
    valid_to: date | None
    shows_ranks: bool = False
    without_deal: str = OVER_DEALS


@dataclass(frozen=True, slots=True)
class Draw:
    """Money before it is earned. is_on_top: paid besides what is earned, else what is earned is filled up to it.

    is_recoverable: what was paid ahead is owed, and later earnings above the draw pay it back, by at most `recover` of
    them. periods: how many pay periods of a person it holds, from their first on (none: always).
    """

    key: str
    amount: Node
    is_recoverable: bool
    is_on_top: bool
    recover: Fraction
    periods: int | None
    valid_from: date | None
    valid_to: date | None


PLANNED, GIVEN, LOST = "as_planned", "paid", "lost"  # what becomes of pay to come when somebody leaves
KEPT, TAKEN, FORGIVEN = "kept", "taken", "forgiven"  # and of what is owed of draws


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the last pay of somebody who leaves is: of what is held back, of parts that are due later (PLANNED: as if
    they had stayed; GIVEN: with the last pay; LOST), and of draws that are owed (KEPT: out of later earnings as before;
    TAKEN: out of all of the last pay; FORGIVEN).
    """

    held: str = PLANNED
    deferred: str = PLANNED
    draw: str = KEPT


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan's version. pay_every: the period of pay. day_count: "start_day_counts" or "start_day_free".

    carries_negative: what a period comes to below zero waits for later earnings; else it is taken from the pay.
    counts_from: an earlier day from which credits count, though only those from valid_from on earn (none: valid_from).
    rerates_earlier: whether what they count for is paid anew when a later credit changes it.
    crediting: who gets which credits; without clauses they come from elsewhere.
    takes_over, hands_over: whether what is owed of draws and below zero comes from the version before, and goes to the
    one after, at its end.
    """

    key: str
    title: str
    currency: str
    digits: int
    valid_from: date
    valid_to: date | None
    roles: frozenset[str]
    pay_every: str
    year_starts: int
    rounding: str
    day_count: str
    prorate_quota: bool
    parameters: Mapping[str, tuple[Dated, ...]]
    measures: Mapping[str, Measure]
    components: Mapping[str, Component]
    draws: tuple[Draw, ...]
    pay_cap: Limit | None
    pays_when_accepted: bool
    carries_negative: bool
    counts_from: date | None = None
    rerates_earlier: bool = True
    crediting: tuple[Clause, ...] = ()
    leaving: Leaving = Leaving()
    takes_over: bool = True
    hands_over: bool = False

    @property
    def counting_from(self) -> date:
        """The first day whose credits advance measures."""
        return self.counts_from or self.valid_from
