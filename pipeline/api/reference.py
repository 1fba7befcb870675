"""What other records name: stages, loss reasons, competitors, teams, currencies."""

from __future__ import annotations

from typing import Any

from core.api.bodies import Body
from core.api.fields import Choice, Flag, Id, Number, Text, Whole
from core.api.views import RecordApi
from core.tables import Column, Table
from people.enums import TeamKind
from pipeline.enums import Category, Status
from pipeline.policies import may_see_deals
from pipeline.selectors import reference


class Stage(Body):
    """A step of the sales process. Its status says whether deals in it are open, won or lost."""

    id = Id(read_only=True)
    name = Text(read_only=True)
    process_id = Id(read_only=True)
    process_name = Text(source="process.name", read_only=True)
    position = Whole(0, read_only=True)
    status = Choice(Status.choices, read_only=True)
    probability = Number(5, 2, read_only=True)
    category = Choice(Category.choices, read_only=True)
    is_active = Flag(read_only=True)


class LossReason(Body):
    id = Id(read_only=True)
    name = Text(read_only=True)
    is_active = Flag(read_only=True)


class Competitor(Body):
    id = Id(read_only=True)
    name = Text(read_only=True)


class Team(Body):
    """A region, or a team of one."""

    id = Id(read_only=True)
    name = Text(read_only=True)
    kind = Choice(TeamKind.choices, read_only=True)
    parent_id = Id(read_only=True, allow_null=True)
    parent_name = Text(source="parent.name", read_only=True, allow_null=True)


def _table(key: str, title: str, rows: Any, sort: str = "name") -> Table:
    columns = (Column(sort, sort.capitalize(), lambda row: getattr(row, sort), sort=sort),)
    return Table(key=f"api.{key}", title=title, rows=rows, may_see=may_see_deals, columns=columns, default_sort=sort)


class _ReferenceApi(RecordApi):
    resource = "reference"

    @property
    def tag(self) -> str:  # type: ignore[override]  # -- each kind has acts of its own name
        return self.nouns.replace(" ", "_")


class StagesApi(_ReferenceApi):
    noun, nouns = "stage", "stages"
    table, serializer_class = _table("stages", "Stages", reference.stages_to_choose, "position"), Stage


class LossReasonsApi(_ReferenceApi):
    noun, nouns = "loss reason", "loss reasons"
    table, serializer_class = _table("loss_reasons", "Loss reasons", reference.loss_reasons_to_choose), LossReason


class CompetitorsApi(_ReferenceApi):
    noun, nouns = "competitor", "competitors"
    table, serializer_class = _table("competitors", "Competitors", reference.competitors_to_choose), Competitor


class TeamsApi(_ReferenceApi):
    noun, nouns = "team", "teams"
    table, serializer_class = _table("teams", "Teams", reference.teams_to_choose), Team
