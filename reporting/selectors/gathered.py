"""What the cards of a dashboard ask of the cube, all of it in one statement over one state of the data."""

from __future__ import annotations

from core.kernel.periods import ALL
from people.models import Person
from pipeline.selectors.cube import DAY, Answer, Ask, answers
from reporting.selectors.questions import Asked
from reporting.selectors.reports import NAMED
from reporting.selectors.targets import sees_all
from reporting.selectors.trends import TrendAsks

MOST_REPS = 1000  # more than that, and only the first of them are asked about
LEADERS = 8
MOST_LINES = 50


class Gathered:
    """Answers by the name of their card: trend, cut, days, teams, reps, stages, lines (none by rep or quarter)."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.sees_all = asked, sees_all(asked.question)
        self.has_many_reps = self.sees_all and Person.objects.count() > MOST_REPS
        asks = self._asks()
        self._found = dict(zip(asks, answers(list(asks.values())), strict=True))

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __getitem__(self, name: str) -> list[Answer]:
        return self._found[name]

    def _asks(self) -> dict[str, Ask]:
        asked, question = self.asked, self.asked.question
        trend = TrendAsks(asked)
        found = {"trend": trend.whole, "cut": trend.cut, "stages": Ask(question, [asked.period], ("stage_id",))}
        if asked.period.kind != ALL:
            spans = [asked.period, *([asked.compared] if asked.compared else [])]
            found["days"] = Ask(question, spans, (DAY,), only=("won_amount",))
        if self.sees_all:
            found["teams"] = Ask(question, [asked.period], ("region_id", "team_id"))
        return found | self._lines()

    def _lines(self) -> dict[str, Ask]:
        """Of the table and of the reps: asked once when the table is split by rep."""
        asked, question = self.asked, self.asked.question
        if asked.by == "rep":
            return {"reps": Ask(question, [asked.period], ("rep_id",), top=MOST_LINES if self.has_many_reps else 0)}
        only = ("won_amount", "won_count", "lost_count")
        reps = Ask(question, [asked.period], ("rep_id",), only, top=LEADERS if self.has_many_reps else 0)
        if asked.by == "quarter":
            return {"reps": reps}
        split = f"{asked.by}_id" if asked.by in NAMED else asked.by
        return {"reps": reps, "lines": Ask(question, [asked.period], (split,), top=MOST_LINES)}
