"""The steps of a line in words, with amounts that add up on the page to what is paid of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from compensation.enums import Stage
from compensation.kernel.plan import COUNT
from compensation.kernel.plan import Plan as PlanTerms
from compensation.kernel.reading import read_plan
from compensation.kernel.trace import Step, Trace
from compensation.models import PlanVersion
from compensation.selectors import words_of_steps as words
from compensation.selectors.clauses import Clause, clause_of
from compensation.selectors.statement_lines import Group
from compensation.selectors.statements import Labels, Month
from compensation.selectors.traces import trace_of
from core.kernel import formats
from core.kernel.money import from_minor, round_ratio


@dataclass(frozen=True, slots=True)
class Told:
    """A step: what it is, in a sentence, and what it adds in minor units (None: it adds nothing, `note` says more).

    is_sum: what the steps before it come to.
    """

    label: str
    text: str
    detail: str = ""
    amount: int | None = None
    note: str = ""
    clause: Clause | None = None
    url: str = ""
    is_sum: bool = False


@dataclass(slots=True)
class Story:
    """A line's steps in order, and the currency of their amounts."""

    group: Group
    version: PlanVersion
    currency: str
    steps: list[Told] = field(default_factory=list)
    paid_on: date | None = None

    def plain(self) -> str:
        """As text to copy."""
        rows = [f"{self.group.source.words}, {self.group.kind} ({self.version})"]
        for one in self.steps:
            amount = one.note if one.amount is None else self.money(one.amount)
            said = f"{one.text}; {one.detail}" if one.detail else one.text
            clause = f" [{one.clause.words}]" if one.clause else ""
            rows.append(f"{one.label}: {said}{clause}  {amount}".rstrip())
        return "\n".join(rows)

    def money(self, minor: int) -> str:
        return formats.exact_money(from_minor(minor, self.currency), self.currency)


def story_of(month: Month, group: Group, labels: Labels) -> Story:
    """The calculation of one line of a month once more, told; what was posted of it before is named."""
    version = labels.versions[group.version_id]
    story = Story(group, version, str(version.plan.currency_id), paid_on=month.period.pays_on)
    rows = month.rows.filter(
        version_id=group.version_id, component_id=group.component_id, credit_id=group.credit_id,
        earned_in=group.earned_in,
    )  # fmt: skip
    line = rows.filter(stage=Stage.EARNED).select_related("run__period", "version", "component").order_by("-pk").first()
    trace = trace_of(line) if line is not None else None
    if trace is not None:
        story.steps += _traced(story, trace, group)
    elif line is not None:
        story.steps.append(
            Told(
                _("Taken back"), _("The credit changed, or is gone: what it earned is taken back."), amount=group.earned
            )
        )
    story.steps += _settled(rows)
    words_paid = _("Paid on %(day)s") % {"day": formats.day(month.period.pays_on)}
    story.steps.append(Told(_("Payable"), words_paid, amount=group.payable, is_sum=True))
    return story


def _settled(rows: Any) -> Iterator[Told]:
    """What became of a line after it was earned."""
    sums = rows.exclude(stage__in=(Stage.EARNED, Stage.PAID)).values_list("stage").annotate(sum=Sum("amount_minor"))
    for stage, amount in sums.order_by("stage"):
        yield Told(str(Stage(stage).label), words.STAGES[stage](), amount=amount)


@dataclass(slots=True)
class _Adding:
    """Exact amounts shown in whole minor units so that they add up: each is the difference of rounded sums."""

    exact: Fraction = Fraction(0)

    def add(self, amount: Fraction) -> int:
        before = round_ratio(self.exact)
        self.exact += amount
        return round_ratio(self.exact) - before


def _traced(story: Story, trace: Trace, group: Group) -> list[Told]:
    plan = read_plan(story.version.definition)
    told: list[Told] = []
    sums = _Adding()
    for step in trace.steps:
        told += _step(step, sums, story, plan)
    left = trace.amount - round_ratio(sums.exact)
    if left:
        told.append(Told(_("Rounding"), _("Rounded once, with the line’s total"), amount=left))
    told.append(Told(_("Earned"), _("What the line has earned"), amount=trace.amount, is_sum=True))
    if group.earned != trace.amount:
        before = _("Of this line was posted in earlier months")
        told.append(Told(_("Posted before"), before, amount=group.earned - trace.amount))
        told.append(Told(_("This month"), _("What is added this month"), amount=group.earned, is_sum=True))
    return told


def _step(step: Step, sums: _Adding, story: Story, plan: PlanTerms) -> Iterator[Told]:
    clause = clause_of(story.version, step.clause)
    if step.kind == "credit":
        yield _credit(step, story, plan)
    elif step.kind == "measure":
        yield _measure(step, story, plan, clause)
    elif step.kind == "rounding":
        return
    elif step.kind == "tiers" and not step.values["whole"]:
        yield from _slices(step, sums, story, plan)
    elif step.kind == "choice" and step.parts:
        yield Told(_("Choice"), _("The schedule whose condition holds"), clause=clause)
        for part in step.parts:
            yield from _step(part, sums, story, plan)
    else:
        yield _other(step, sums, story, plan, clause)


def _other(step: Step, sums: _Adding, story: Story, plan: PlanTerms, clause: Clause | None) -> Told:
    """A schedule, or a step after it: what it makes of the line, as a difference."""
    label, text = words.SAID[step.kind](step, story.currency, plan)
    after = step.amount if step.amount is not None else sums.exact
    return Told(label, text, words.parts_of(step), sums.add(after - sums.exact), clause=clause)


def _slices(step: Step, sums: _Adding, story: Story, plan: PlanTerms) -> Iterator[Told]:
    """A marginal schedule: each tier with what fell into it."""
    start = sums.exact
    for part in step.parts:
        label, text = words.tier(part, story.currency, plan)
        detail = words.bound(part, story.currency, plan)
        amount = sums.add(part.amount or Fraction(0))
        yield Told(label, text, detail, amount, clause=clause_of(story.version, part.clause))
    rest = (step.amount or Fraction(0)) - (sums.exact - start)
    if rest:
        yield Told(_("Tiers"), _("Between tiers"), amount=sums.add(rest))


def _credit(step: Step, story: Story, plan: PlanTerms) -> Told:
    group = story.group
    currency = group.currency or story.currency
    part = _("%(part)s of %(source)s") % {"part": group.part or "100%", "source": group.source.words}
    details = [_("Credited %(day)s") % {"day": formats.day(group.day)}]
    if group.quota != group.pay and group.quota is not None:
        details.append(_("%(amount)s advance attainment") % {"amount": words.money(Fraction(group.quota), currency)})
    if "rate of exchange" in step.values:
        details.append(
            _("at %(rate)s %(into)s") % {"rate": words.plain(step.values["rate of exchange"]), "into": story.currency}
        )
    if "takes back" in step.values:
        details.append(_("takes an earlier credit back"))
    return Told(
        _("Credit"), part, " · ".join(details), note=words.money(step.values["commissionable"], currency),
        url=group.source.url,
    )  # fmt: skip


def _measure(step: Step, story: Story, plan: PlanTerms, clause: Clause | None) -> Told:
    key = step.clause.removeprefix("measures.")
    measure = plan.measures[key]
    show = words.plain if measure.adds == COUNT else lambda value: words.money(value, story.currency)
    before, after = Fraction(step.values["before"]), Fraction(step.values["after"])
    text = _("%(title)s %(window)s: %(before)s → %(after)s") % {
        "title": measure.title, "window": step.values["window"], "before": show(before), "after": show(after),
    }  # fmt: skip
    if "quota" not in step.values:
        return Told(_("Measure"), text, _("There is no quota for it."), clause=clause)
    quota = Fraction(step.values["quota"])
    detail = _("%(before)s → %(after)s of the quota of %(quota)s") % {
        "before": words.percent(before / quota), "after": words.percent(after / quota), "quota": show(quota),
    }  # fmt: skip
    gained = formats.points(float((after - before) / quota * 100), plus=True)
    return Told(_("Measure"), text, detail, note=gained, clause=clause)


def clause_texts(steps: Sequence[Told]) -> list[Clause]:
    """Each clause that a story cites, once."""
    found: dict[str, Clause] = {}
    for one in steps:
        if one.clause is not None:
            found.setdefault(one.clause.words, one.clause)
    return list(found.values())
