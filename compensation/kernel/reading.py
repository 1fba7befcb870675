"""From a plan file's contents to a Plan, or to a list of what is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from compensation.kernel import plan as p
from compensation.kernel.budget_terms import check_budgets, read_budget
from compensation.kernel.clauses import read_clauses
from compensation.kernel.contest_terms import check_contests, read_contest
from compensation.kernel.formula import FormulaError, Node, parse
from compensation.kernel.grid import FIRST_YEAR, LAST_YEAR
from compensation.kernel.schema import SCHEMA, the_meant, words_of
from compensation.kernel.sharing_terms import read_hold, read_override, read_pool
from core.kernel.money import minor_digits

_SHARE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(%?)|(-?\d+)\s*/\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plan: the place as a path like components.commission.pays.tiers[2].rate, and the words."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class PlanError(ValueError):
    """A plan that can't be used. problems: all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(one) for one in problems))
        self.problems = list(problems)


def read_plan(data: Any) -> p.Plan:
    """The plan of a file's contents (as YAML or JSON give them). Raises PlanError with every problem found."""
    problems = list(_against_schema(data))
    if problems:
        raise PlanError(problems)
    reader = _Reader(data)
    plan = reader.plan()
    if reader.problems:
        raise PlanError(reader.problems)
    return plan


def _against_schema(data: Any) -> list[Problem]:
    import jsonschema

    validator = jsonschema.Draft202012Validator(SCHEMA)
    found = []
    for error in sorted(validator.iter_errors(plain_data(data)), key=lambda one: list(map(str, one.absolute_path))):
        meant = the_meant(error)
        found.append(Problem(place_of(meant.absolute_path), words_of(meant)))
    return found


def plain_data(data: Any) -> Any:
    """Contents as JSON has them: YAML makes dates of what looks like one, the schema speaks of texts."""
    if isinstance(data, Mapping):
        return {str(key): plain_data(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain_data(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def place_of(path: Sequence[Any] | Any) -> str:
    found = ""
    for part in path:
        found += f"[{part}]" if isinstance(part, int) else f".{part}" if found else str(part)
    return found


class _Reader:
    """Builds the parts; what can't be read becomes a problem with its place, and reading goes on."""

    def __init__(self, data: Any) -> None:
        self.data = plain_data(data)
        self.problems: list[Problem] = []

    def plan(self) -> p.Plan:
        data = self.data
        plan = p.Plan(
            key=data.get("key") or _key_of(data["plan"]),
            title=data["plan"],
            currency=data["currency"],
            digits=minor_digits(data["currency"]),
            valid_from=self.day(data["valid_from"], "valid_from"),
            valid_to=self.day_or_none(data, "valid_to", ""),
            roles=frozenset(data.get("roles", ())),
            pay_every=data.get("pay_every", "month"),
            year_starts=data.get("year_starts", 1),
            rounding=data.get("rounding", "half_up"),
            day_count=data.get("day_count", "start_day_counts"),
            prorate_quota=data.get("prorate_quota", False),
            parameters={key: self.parameter(value, f"parameters.{key}") for key, value in _part(data, "parameters")},
            measures={key: self.measure(key, value) for key, value in _part(data, "measures")},
            components={key: self.component(key, value) for key, value in _part(data, "components")},
            draws=tuple(self.draw(key, value) for key, value in _part(data, "draws")),
            pay_cap=self.limit(data["pay_cap"], "pay_cap", is_cap=True) if "pay_cap" in data else None,
            pays_when_accepted=data.get("pays_when_accepted", False),
            carries_negative=data.get("negative_pay", "carry") == "carry",
            counts_from=self.day_or_none(data, "counts_from", ""),
            rerates_earlier=data.get("rerates_earlier", True),
            leaving=p.Leaving(**data.get("when_leaving", {})),
            takes_over=data.get("takes_over", True),
            crediting=read_clauses(data.get("crediting", ()), wrong=self.wrong, share=self.share),
        )
        self.check_days(plan)
        check_contests(plan, wrong=self.wrong)
        check_budgets(plan, wrong=self.wrong)
        return plan

    def check_days(self, plan: p.Plan) -> None:
        if plan.valid_to is not None and plan.valid_to <= plan.valid_from:
            self.wrong("valid_to", "The plan ends before it begins.")
        if plan.counts_from is not None and plan.counts_from >= plan.valid_from:
            self.wrong("counts_from", f"Credits count from {plan.valid_from} on anyway: give an earlier day.")
        if plan.counts_from is None and not plan.rerates_earlier:
            self.wrong("rerates_earlier", "No credits count from before the plan: add “counts_from”.")

    def wrong(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))

    def parameter(self, value: Any, place: str) -> tuple[p.Dated, ...]:
        if not isinstance(value, list):
            return (p.Dated(date.min, self.formula(value, place)),)
        found = [
            p.Dated(
                self.day(one["valid_from"], f"{place}[{n}].valid_from"),
                self.formula(one["value"], f"{place}[{n}].value"),
            )
            for n, one in enumerate(value)
        ]
        days = [one.valid_from for one in found]
        if days != sorted(set(days)):
            self.wrong(place, "The days must rise, each once.")
        return tuple(found)

    def measure(self, key: str, value: Mapping[str, Any]) -> p.Measure:
        place = f"measures.{key}"
        credits = value.get("credits", key)
        names = (credits,) if isinstance(credits, str) else tuple(credits)
        return p.Measure(
            key=key,
            title=value.get("title", key.replace("_", " ").capitalize()),
            credits=names,
            where=self.formula_or_none(value, "where", place),
            adds=value.get("sum", p.QUOTA_CREDIT),
            over=value.get("over", "year"),
            of=value.get("of", p.SELF),
            quota=value.get("quota", names[0]),
            less_is_better=value.get("less_is_better", False),
        )

    def component(self, key: str, value: Mapping[str, Any]) -> p.Component:
        place = f"components.{key}"
        pays = self.pays(value["pays"], f"{place}.pays")
        measure = value.get("measure", "")
        if measure and measure not in self.data.get("measures", {}):
            self.wrong(f"{place}.measure", f"There is no measure “{measure}” in this plan.")
        if not measure and not isinstance(pays, p.Lump | p.Scorecard | p.Pool | p.Override | p.Matrix):
            self.wrong(place, "“measure” is missing: on which credits is this paid?")
        if isinstance(pays, p.Pool) and pays.shares is None and pays.by == "credits" and not measure:
            self.wrong(place, "“measure” is missing: by which credits is it divided?")
        hold = value.get("hold")
        return p.Component(
            key=key,
            title=value.get("title", key.replace("_", " ").capitalize()),
            measure=measure,
            where=self.formula_or_none(value, "where", place),
            pays=pays,
            then=tuple(self.step(one, f"{place}.then[{n}]") for n, one in enumerate(value.get("then", ()))),
            settles=value.get("settles", ""),
            interim_cap=self.formula_or_none(value, "interim_cap", place),
            quota_to_date=value.get("quota_to_date", False),
            returns=value.get("returns", self.data.get("returns", p.TOP_SLICE)),
            returns_lower_attainment=value.get(
                "returns_lower_attainment", self.data.get("returns_lower_attainment", True)
            ),
            hold=read_hold(hold, f"{place}.hold", share=self.share, wrong=self.wrong) if hold else None,
            instalments=self.instalments(value.get("instalments", ()), f"{place}.instalments"),
            is_incremental=value.get("incremental", True),
            shows_ranks=value.get("leaderboard", isinstance(pays, p.Contest)),
            valid_from=self.day_or_none(value, "valid_from", place),
            valid_to=self.day_or_none(value, "valid_to", place),
            without_deal=value.get("without_deal", p.OVER_DEALS),
        )

    def pays(self, value: Mapping[str, Any], place: str) -> p.Pays:
        words: dict[str, Callable[[Mapping[str, Any], str], p.Pays]] = {
            "tiers": self.tiers,
            "bands": self.bands,
            "curve": lambda one, at: self.curve(one["curve"], f"{at}.curve", self.formula(one["of"], f"{at}.of")),
            "cells": self.matrix,
            "lump": lambda one, at: p.Lump(
                self.formula(one["lump"], f"{at}.lump"), self.formula_or_none(one, "when", at)
            ),
            "scorecard": self.scorecard,
            "pool": lambda one, at: read_pool(one, at, formula=self.formula, wrong=self.wrong),
            "contest": lambda one, at: read_contest(one, at, formula=self.formula),
            "override": lambda one, at: read_override(one, at, formula=self.formula, wrong=self.wrong),
            "each": lambda one, at: p.Each(
                self.formula(one["each"], f"{at}.each"), self.formula_or_none(one, "when", at)
            ),
            "choose": self.choose,
            "rate": lambda one, at: p.Rate(self.formula(one["rate"], f"{at}.rate")),
        }
        return next(build for word, build in words.items() if word in value)(value, place)

    def tiers(self, value: Mapping[str, Any], place: str) -> p.Pays:
        tiers = []
        for number, one in enumerate(value["tiers"]):
            at = f"{place}.tiers[{number}]"
            bounds = [name for name in ("up_to", "below") if name in one]
            if len(bounds) > 1:
                self.wrong(at, "Give “up_to” (the bound belongs to the tier) or “below” (it doesn't), not both.")
            bound = self.share(one[bounds[0]], f"{at}.{bounds[0]}") if bounds else None
            is_whole = one.get("on", value.get("on", "slice")) == "all"
            begins = self.share(one["from"], f"{at}.from") if "from" in one else None
            rate = self.formula(one["rate"], f"{at}.rate")
            tiers.append(p.Tier(bound, bounds == ["below"], rate, is_whole, begins))
        self._check_bounds(tiers, place)
        return p.Tiers(value.get("by", p.ATTAINMENT), tuple(tiers))

    def _check_bounds(self, tiers: Sequence[p.Tier], place: str) -> None:
        for number, (one, after) in enumerate(zip(tiers, tiers[1:], strict=False), start=1):
            if one.bound is None:
                self.wrong(f"{place}.tiers[{number - 1}]", "Only the last tier may be without a bound.")
            elif after.bound is not None and after.bound <= one.bound:
                self.wrong(
                    f"{place}.tiers[{number}]", "This tier ends where the one before it ends, or earlier: they overlap."
                )
        if tiers and tiers[-1].bound is not None:
            place = f"{place}.tiers[{len(tiers) - 1}]"
            self.wrong(place, "The last tier has no bound. To pay nothing beyond it, add a tier with the rate 0.")

    def bands(self, value: Mapping[str, Any], place: str) -> p.Pays:
        bands = []
        for number, one in enumerate(value["bands"]):
            at = f"{place}.bands[{number}]"
            low = self.share(one.get("from", 0), f"{at}.from")
            high = self.share(one["up_to"], f"{at}.up_to") if "up_to" in one else None
            if high is not None and high < low:
                self.wrong(at, "This band ends before it begins.")
            bands.append(p.Band(low, high, self.formula(one["rate"], f"{at}.rate")))
        is_sliced = value.get("on") == "slice"
        if is_sliced and "by" in value:
            self.wrong(f"{place}.by", "Slices are of the amount that is paid on: leave this out.")
        return p.Bands(self.formula(value.get("by", "amount"), f"{place}.by"), tuple(bands), is_sliced)

    def curve(self, value: Mapping[str, Any], place: str, of: Node) -> p.Curve:
        points = [
            (self.share(x, f"{place}.points[{n}][0]"), self.share(y, f"{place}.points[{n}][1]"))
            for n, (x, y) in enumerate(value["points"])
        ]
        if any(after[0] <= one[0] for one, after in zip(points, points[1:], strict=False)):
            self.wrong(f"{place}.points", "Attainment must rise from point to point.")
        is_step = value.get("shape", "linear") == "step"
        goes_on = value.get("above", "flat") == "goes_on"
        if goes_on and (is_step or len(points) < 2):
            self.wrong(f"{place}.above", "Only a straight line of two points or more can go on.")
        return p.Curve(tuple(points), is_step, value.get("below", "zero") == "zero", goes_on, of)

    def matrix(self, value: Mapping[str, Any], place: str) -> p.Pays:
        rows, columns = self.axis(value["rows"], f"{place}.rows"), self.axis(value["columns"], f"{place}.columns")
        cells = tuple(
            tuple(self.share(cell, f"{place}.cells[{r}][{c}]") for c, cell in enumerate(row))
            for r, row in enumerate(value["cells"])
        )
        if len(cells) != len(rows.edges) or any(len(row) != len(columns.edges) for row in cells):
            self.wrong(f"{place}.cells", f"{len(rows.edges)} rows of {len(columns.edges)} cells are wanted.")
        return p.Matrix(rows, columns, cells, self.formula(value["of"], f"{place}.of"))

    def axis(self, value: Mapping[str, Any], place: str) -> p.Axis:
        edges = []
        for number, edge in enumerate(value["edges"]):
            is_above = isinstance(edge, Mapping)
            edges.append(p.Edge(self.share(edge["above"] if is_above else edge, f"{place}.edges[{number}]"), is_above))
        order = [(edge.value, edge.is_above) for edge in edges]
        if order != sorted(set(order)):
            self.wrong(f"{place}.edges", "The edges must rise.")
        if value["measure"] not in self.data.get("measures", {}):
            self.wrong(f"{place}.measure", f"There is no measure “{value['measure']}” in this plan.")
        return p.Axis(value["measure"], tuple(edges))

    def scorecard(self, value: Mapping[str, Any], place: str) -> p.Pays:
        items = []
        for number, one in enumerate(value["scorecard"]):
            at = f"{place}.scorecard[{number}]"
            curve = self.curve(one["curve"], f"{at}.curve", parse("1")) if "curve" in one else None
            items.append(
                p.Item(
                    title=one["title"],
                    weight=self.share(one["weight"], f"{at}.weight"),
                    result=self.formula(one["result"], f"{at}.result"),
                    gate=self.share(one["gate"], f"{at}.gate") if "gate" in one else None,
                    cap=self.share(one["cap"], f"{at}.cap") if "cap" in one else None,
                    curve=curve,
                )
            )
        return p.Scorecard(tuple(items), self.formula(value["of"], f"{place}.of"))

    def choose(self, value: Mapping[str, Any], place: str) -> p.Pays:
        options = [
            (
                self.formula_or_none(one, "when", f"{place}.choose[{n}]"),
                self.pays(one["pays"], f"{place}.choose[{n}].pays"),
            )
            for n, one in enumerate(value["choose"])
        ]
        for number, (when, pays) in enumerate(options):
            if when is None and number < len(options) - 1:
                self.wrong(f"{place}.choose[{number}]", "Only the last one may be without a condition.")
            if isinstance(pays, p.Override | p.Pool | p.Contest | p.Choice):
                said = "Overrides, pools, contests and choices can't be chosen among."
                self.wrong(f"{place}.choose[{number}].pays", said)
        return p.Choice(tuple(options))

    def step(self, value: Mapping[str, Any], place: str) -> p.Step:
        if "gate" in value:
            when = self.formula(value["gate"], f"{place}.gate")
            otherwise = self.formula(value.get("otherwise", 0), f"{place}.otherwise")
            return p.Gate(when, otherwise, value.get("catches_up", False))
        if "multiply" in value:
            return p.Multiply(self.formula(value["multiply"], f"{place}.multiply"), value.get("catches_up", False))
        if "budget" in value:
            return read_budget(value["budget"], f"{place}.budget", formula=self.formula)
        word = "cap" if "cap" in value else "floor"
        return self.limit(value[word], f"{place}.{word}", is_cap=word == "cap")

    def limit(self, value: Any, place: str, *, is_cap: bool) -> p.Limit:
        whole = value if isinstance(value, Mapping) else {"amount": value}
        return p.Limit(is_cap, self.formula(whole["amount"], place), whole.get("per", ""))

    def instalments(self, value: Sequence[Mapping[str, Any]], place: str) -> tuple[p.Instalment, ...]:
        return tuple(
            p.Instalment(self.share(one["share"], f"{place}[{n}].share"), one["months"]) for n, one in enumerate(value)
        )

    def draw(self, key: str, value: Mapping[str, Any]) -> p.Draw:
        place = f"draws.{key}"
        return p.Draw(
            key=key,
            amount=self.formula(value["amount"], f"{place}.amount"),
            is_recoverable=value.get("recoverable", True),
            is_on_top=value.get("kind", "guarantee") == "on_top",
            recover=self.share(value.get("recover", 1), f"{place}.recover"),
            periods=value.get("periods"),
            valid_from=self.day_or_none(value, "valid_from", place),
            valid_to=self.day_or_none(value, "valid_to", place),
        )

    def formula(self, value: Any, place: str) -> Node:
        try:
            return parse(str(value))
        except FormulaError as error:
            self.wrong(place, f"{error} (character {error.at})")
            return parse("0")

    def formula_or_none(self, value: Mapping[str, Any], name: str, place: str) -> Node | None:
        return self.formula(value[name], f"{place}.{name}") if name in value else None

    def share(self, value: Any, place: str) -> Fraction:
        found = _SHARE.fullmatch(str(value).strip())
        if found is None or found[4] == "0":
            self.wrong(place, f"“{value}” is no number, percentage or fraction.")
            return Fraction(0)
        if found[3] is not None:
            return Fraction(int(found[3]), int(found[4]))
        return Fraction(found[1]) / (100 if found[2] else 1)

    def day(self, value: Any, place: str) -> date:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            self.wrong(place, f"“{value}” is no day like 2026-01-31.")
            return date(2000, 1, 1)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.wrong(place, f"Days are from {FIRST_YEAR} to {LAST_YEAR}.")
        return day

    def day_or_none(self, value: Mapping[str, Any], name: str, place: str) -> date | None:
        return self.day(value[name], f"{place}.{name}" if place else name) if value.get(name) else None


def _part(data: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    return list(data.get(name, {}).items())


def _key_of(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40] or "plan"
