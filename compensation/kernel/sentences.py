"""A plan's contents as sentences: words, and values that know the place they stand at, to be changed there.

clauses(contents) gives components, draws, clauses of crediting, measures, parameters and the plan's own terms, in the
order they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compensation.kernel.places import value_at
from compensation.kernel.saying import Sentence, Token
from compensation.kernel.saying_crediting import say_clause, title_of
from compensation.kernel.saying_pays import MOST_SAID, say_pays
from compensation.kernel.wording import AMOUNT, CHOICE, DAY, FLAG, FORMULA, NAMES, NUMBER, SHARE, WORDS

COMPONENT, DRAW, MEASURE, PARAMETER, TERMS = "component", "draw", "measure", "parameter", "terms"
CREDITING = "crediting"  # its clauses stand in a list, those of the others under their keys
PARTS = {COMPONENT: "components", DRAW: "draws", MEASURE: "measures", PARAMETER: "parameters"}


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a plan in words. place: where it stands; "" for the plan's own terms."""

    kind: str
    place: str
    key: str
    title: str
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @property
    def values(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.place)


@dataclass(frozen=True, slots=True)
class Marked:
    """A clause beside another version's: same, changed, new or removed; was: the former words of values by place."""

    clause: Clause
    state: str
    was: Mapping[str, str]
    before: Clause | None


def clauses(data: Mapping[str, Any]) -> tuple[Clause, ...]:
    """Every clause of a plan's contents, which read_plan takes."""
    return tuple(_clauses(data))


def _clauses(data: Mapping[str, Any]) -> Iterator[Clause]:
    says = {COMPONENT: _component, DRAW: _draw, MEASURE: _measure, PARAMETER: _parameter}
    for kind, part in PARTS.items():
        for key, value in (data.get(part) or {}).items():
            place = f"{part}.{key}"
            said = Sentence(data, place)
            says[kind](said, value)
            yield Clause(kind, place, key, _title(key, value), said.tokens)
    for number, value in enumerate(data.get(CREDITING) or ()):
        place = f"{CREDITING}[{number}]"
        said = Sentence(data, place)
        say_clause(said, value)
        yield Clause(CREDITING, place, str(number + 1), title_of(value), said.tokens)
    yield Clause(TERMS, "", "", "Terms", _terms(data))


def _title(key: str, value: Any) -> str:
    named = value.get("title") if isinstance(value, Mapping) else None
    return str(named or key.replace("_", " ").capitalize())


def find_value(data: Mapping[str, Any], place: str) -> Token | None:
    """The value that can be changed at a place, if there is one."""
    found = (token for clause in clauses(data) for token in clause.values if place and token.place == place)
    return next(found, None)


def marked(data: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[Marked]:
    """Clauses with what changed against another version's contents; those that went stand at the end of their kind."""
    now = clauses(data)
    if other is None:
        return [Marked(one, "same", {}, None) for one in now]
    before = {(one.kind, one.place): one for one in clauses(other)}
    found = [_against(one, before.pop((one.kind, one.place), None), data, other) for one in now]
    for gone in before.values():
        after = max((n for n, one in enumerate(found) if one.clause.kind == gone.kind), default=len(found) - 1)
        found.insert(after + 1, Marked(gone, "removed", {}, gone))
    return found


def _against(now: Clause, before: Clause | None, data: Mapping[str, Any], other: Mapping[str, Any]) -> Marked:
    if before is None:
        return Marked(now, "new", {}, None)
    said = {token.place: token for token in before.values}
    was = {
        token.place: said[token.place].text if token.place in said else ""
        for token in now.values
        if token.place not in said or said[token.place].raw != token.raw
    }
    is_same = value_at(data, now.place) == value_at(other, now.place) if now.place else not was
    return Marked(now, "same" if is_same and now.text == before.text else "changed", was, before)


def _component(said: Sentence, value: Mapping[str, Any]) -> None:
    say_pays(said, value["pays"], f"{said.place}.pays", value.get("measure", ""))
    said.say(".")
    if "where" in value:
        said.then("Only where ", "where", FORMULA)
    for number, step in enumerate(value.get("then", ())):
        _step(said, step, f"then[{number}]")
    if "settles" in value:
        said.then("Settled at the end of each ", "settles", CHOICE, choices="span")
    if "interim_cap" in value:
        said.then("Before that it comes to at most ", "interim_cap", AMOUNT)
    if "hold" in value:
        _hold(said, value["hold"])
    _instalments(said, value.get("instalments", ()))
    if "returns" in value:
        said.then("What comes back is taken back ", "returns", CHOICE, choices="returns")
    for name, words in _FLAGS:
        if name in value:
            said.then(words, name, FLAG)
    if "without_deal" in value:
        said.then("In the books, what no single deal earned is ", "without_deal", CHOICE, choices="without_deal")
    for name, words in (("valid_from", "From "), ("valid_to", "It ends on ")):
        if name in value:
            said.then(words, name, DAY)


_FLAGS = (
    ("quota_to_date", "Attainment by the quota so far: "),
    ("returns_lower_attainment", "Returns lower attainment: "),
    ("incremental", "A cost of winning the contract: "),
    ("leaderboard", "Ranks are shown to those on the plan: "),
)


def _step(said: Sentence, step: Mapping[str, Any], at: str) -> None:
    if "gate" in step:
        said.then("Only while ", f"{at}.gate", FORMULA, end="; else ")
        said.value(f"{at}.otherwise", SHARE, default=0)
        said.say(" of it is paid.")
        if "catches_up" in step:
            said.then("Once it opens, what was held back is paid: ", f"{at}.catches_up", FLAG)
    elif "multiply" in step:
        said.then("Times ", f"{at}.multiply", FORMULA)
    elif "budget" in step:
        _budget(said, step["budget"], f"{at}.budget")
    else:
        word = "cap" if "cap" in step else "floor"
        _limit(said, step[word], f"{at}.{word}", "At most " if word == "cap" else "At least ")


def _budget(said: Sentence, budget: Mapping[str, Any], at: str) -> None:
    """One for everybody on the plan, first come, first served."""
    if "first" in budget:
        said.then("Of everybody on the plan only the first ", f"{at}.first", NUMBER, end=" that qualify are paid.")
    if "amount" in budget:
        said.then("Until a budget of ", f"{at}.amount", AMOUNT, end=" for everybody on the plan is used up")
        said.say(", by day and key; who comes last is paid ")
        said.value(f"{at}.last", CHOICE, choices="budget_last", default="part")
        said.say(".")


def _limit(said: Sentence, limit: Any, at: str, words: str) -> None:
    is_whole = isinstance(limit, Mapping)
    said.then(words, f"{at}.amount" if is_whole else at, AMOUNT, end="" if is_whole else ".")
    if is_whole:
        said.say(" for the " if not limit.get("per") else " a ")
        said.value(f"{at}.per", CHOICE, choices="per", default="")
        said.say(".")


def _hold(said: Sentence, hold: Mapping[str, Any]) -> None:
    said.then("Hold back ", "hold.share", SHARE, end="")
    if "months" in hold:
        said.say(" for ")
        said.value("hold.months", NUMBER)
        said.say(" months.")
    elif "by" in hold:
        said.say(" until it is collected, as told by credits called ")
        said.value("hold.by", WORDS)
        said.say(".")
    else:
        said.say(" until the plan is accepted." if hold.get("until") else " for good.")


def _instalments(said: Sentence, parts: Any) -> None:
    for number, _part in enumerate(parts[:MOST_SAID]):
        said.say(" Paid in parts: " if number == 0 else ", ")
        said.value(f"instalments[{number}].share", SHARE)
        said.say(" after ")
        said.value(f"instalments[{number}].months", NUMBER)
        said.say(" months")
    if parts:
        said.say(f", and {len(parts) - MOST_SAID} more parts." if len(parts) > MOST_SAID else ".")


def _draw(said: Sentence, value: Mapping[str, Any]) -> None:
    said.say("Advance ")
    said.value("amount", AMOUNT)
    said.say(" a ")
    said.value("/pay_every", CHOICE, choices="pay_every", default="month")
    if "periods" in value:
        said.say(" for the first ")
        said.value("periods", NUMBER)
        said.say(" periods")
    said.say("; what is earned is ")
    said.value("kind", CHOICE, choices="draw_kind", default="guarantee")
    said.say(".")
    said.then("It is paid back out of later earnings: ", "recoverable", FLAG, default=True, end="")
    if value.get("recoverable", True):
        said.say(", with at most ")
        said.value("recover", SHARE, default=1)
        said.say(" of them")
    said.say(".")
    for name, words in (("valid_from", "From "), ("valid_to", "It ends on ")):
        if name in value:
            said.then(words, name, DAY)


def _measure(said: Sentence, value: Mapping[str, Any]) -> None:
    key = said.place.rpartition(".")[2]
    said.say("Add up ")
    said.value("sum", CHOICE, choices="sum", default="quota_credit")
    said.say(" of ")
    said.value("of", CHOICE, choices="of", default="self")
    said.say(" credits called ")
    said.value("credits", NAMES, default=key)
    said.say(" over each ")
    said.value("over", CHOICE, choices="span", default="year")
    credits = value.get("credits", key)
    said.say(", against the quota of ")
    said.value("quota", WORDS, default=credits if isinstance(credits, str) else credits[0])
    said.say(".")
    if "where" in value:
        said.then("Only where ", "where", FORMULA)
    if "less_is_better" in value:
        said.then("Less is better: ", "less_is_better", FLAG)


def _parameter(said: Sentence, value: Any) -> None:
    if not isinstance(value, list):
        said.value("", FORMULA)
        said.say(".")
        return
    for number, _one in enumerate(value):
        said.say("; " if number else "")
        said.value(f"[{number}].value", FORMULA)
        said.say(" from ")
        said.value(f"[{number}].valid_from", DAY)
    said.say(".")


def _leaving(said: Sentence) -> None:
    said.say(" When somebody leaves, what is held back is ")
    said.value("when_leaving.held", CHOICE, choices="to_come", default="as_planned")
    said.say(", parts that are due later are ")
    said.value("when_leaving.deferred", CHOICE, choices="to_come", default="as_planned")
    said.say(", what is owed of draws is ")
    said.value("when_leaving.draw", CHOICE, choices="owed", default="kept")
    said.say(".")


def _terms(data: Mapping[str, Any]) -> tuple[Token, ...]:
    said = Sentence(data, "")
    said.say("In force from ")
    said.value("valid_from", DAY)
    said.say(" until ")
    said.value("valid_to", DAY, default="further notice")
    said.say(" (the first day it no longer holds), for ")
    said.value("roles", NAMES, default="everybody assigned")
    said.say(".")
    said.then("Credits count from ", "counts_from", DAY, default="its first day")
    if "rerates_earlier" in data:
        said.then("Later credits pay earlier ones anew: ", "rerates_earlier", FLAG)
    said.then("Paid every ", "pay_every", CHOICE, choices="pay_every", default="month", end=", ")
    said.say("rounded ")
    said.value("rounding", CHOICE, choices="rounding", default="half_up")
    said.say(".")
    said.then("The fiscal year starts in month ", "year_starts", NUMBER, default=1, end="; ")
    said.say("a first day on the plan ")
    said.value("day_count", CHOICE, choices="day_count", default="start_day_counts")
    said.say(".")
    said.then("Quotas shrink to the days on the plan: ", "prorate_quota", FLAG, default=False)
    said.then("What comes back is taken back ", "returns", CHOICE, choices="returns", default="top_slice")
    said.then("Returns lower attainment: ", "returns_lower_attainment", FLAG, default=True)
    said.then("Paid only once accepted: ", "pays_when_accepted", FLAG, default=False)
    said.then("A period below zero ", "negative_pay", CHOICE, choices="negative_pay", default="carry")
    said.then("Draws owed and pay below zero go on from the version before: ", "takes_over", FLAG, default=True)
    _leaving(said)
    if "pay_cap" in data:
        _limit(said, data["pay_cap"], "pay_cap", "Pay is at most ")
    return said.tokens
