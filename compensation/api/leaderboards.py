"""Leaderboards over the API: ranks and measures, as on the page; never pay."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from compensation import policies
from compensation.selectors import leaderboards as found
from core.api.bodies import Body
from core.api.fields import Choice, Day, Flag, Id, Number, Text, Whole
from core.api.views import Api

SPAN = {
    "name": "span",
    "in": "query",
    "required": False,
    "description": "A span of the contest, such as `2026-Q1`; without it the newest.",
    "schema": {"type": "string", "maxLength": 20},
}
_UNITS = [
    (found.MONEY, _("in the plan's currency")),
    (found.COUNT, _("a number")),
    (found.SHARE, _("a share of quota")),
]


class Race(Body):
    """A contest in one span. `last_on`: its last day. `unit`: what `reached` is in."""

    version_id = Id(source="version.pk", read_only=True)
    plan = Text(source="version.plan.name", read_only=True, example="Account executives 2026")
    component = Text(source="key", read_only=True, example="contest")
    title = Text(source="component.title", read_only=True, example="Quarter's contest")
    measure = Text(source="measure.title", read_only=True, example="Bookings")
    unit = Choice(_UNITS, read_only=True)
    currency = Text(source="version.plan.currency_id", read_only=True, example="USD")
    span = Text(source="span.label", read_only=True, example="2026-Q1")
    starts_on = Day(source="span.starts_on", read_only=True)
    last_on = Day(read_only=True)
    is_over = Flag(read_only=True)


class Place(Body):
    """A rank, and how many share it. `group`: the role or team that it is in, where each has a contest of its own."""

    rank = Whole(1, read_only=True)
    shared_by = Whole(1, source="equal", read_only=True)
    name = Text(read_only=True, example="Ana Alves")
    reached = Number(22, 6, source="figure", read_only=True, example="90000.00")
    group = Text(read_only=True)
    is_own = Flag(read_only=True)


class Board(Body):
    """A race with its ranks, best first; `waiting`: how many on the plan have none."""

    race = Race(read_only=True)
    places = Place(many=True, read_only=True)
    waiting = Whole(0, read_only=True)


RACES = type("Leaderboards", (serializers.Serializer,), {"items": Race(many=True)})


class LeaderboardsApi(Api):
    resource, tag, noun, nouns = "pay", "leaderboards", "leaderboard", "leaderboards"
    answers = {"races": (200, RACES), "ranks": (200, Board)}
    asks = {"ranks": [SPAN]}
    texts = {
        "races": ("List the leaderboards", "Running contests, then the last ones that are over."),
        "ranks": ("Get the ranks of a contest", "Seen by those on the plan, who lead them, pay roles and executives."),
    }

    def may_read(self, user: Any) -> bool:
        return policies.may_have_statements(user)

    def races(self, request: Any) -> Response:
        self.no_parameters()
        running, past = found.races_for(request.user, self.as_of)
        return Response(RACES({"items": [*running, *past]}).data)

    def ranks(self, request: Any, ranked_version_id: int, contest_key: str) -> Response:
        self.no_parameters()
        race = found.get_race_for(
            request.user, ranked_version_id, contest_key, request.query_params.get("span", ""), self.as_of
        )
        return Response(Board(found.board_of(race, request.user, self.as_of)).data)
