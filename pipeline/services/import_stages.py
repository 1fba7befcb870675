"""Stages that a file of opportunities names: known ones, words of other systems, and new ones at their likely place."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F

from core.registry import ImportContext
from pipeline.enums import Category, Status
from pipeline.kernel.stage_words import likely_probability
from pipeline.models import SalesProcess, Stage

_CLOSED_WORDS = {Status.WON: ("Closed Won", "Win", "closedwon"), Status.LOST: ("Closed Lost", "Loss", "closedlost")}
BEST_CASE_FROM, COMMIT_FROM = 30, 75


class Stages:
    """Stages by id, and the default process's stage for an outcome."""

    def __init__(self) -> None:
        self.by_id = {stage.pk: stage for stage in Stage.objects.select_related("process")}
        process = SalesProcess.objects.get(is_default=True)
        ordered = sorted((s for s in self.by_id.values() if s.process_id == process.pk), key=lambda s: s.position)
        self.first_of = {status: next(s for s in ordered if s.status == status) for status in Status.values}

    def of(self, stage_id: int | None, outcome: str | None) -> Stage:
        """The stage a row means: the one it names, unless its outcome says that the deal is over or open again."""
        stage = self.by_id.get(stage_id) if stage_id else None
        if stage is None or (outcome and outcome != stage.status):
            return self.first_of[outcome or Status.OPEN]
        return stage


def names_of_stages() -> Iterable[tuple[str, int]]:
    """Stage names; words of other systems for won and lost name the default process's closed stages."""
    default = SalesProcess.objects.get(is_default=True)
    for stage in Stage.objects.filter(process=default).exclude(status=Status.OPEN):
        for word in _CLOSED_WORDS[Status(stage.status)]:
            yield word, stage.pk
    yield from Stage.objects.order_by("process__is_default", "-pk").values_list("name", "pk")


def create_stage(value: str, context: ImportContext) -> int:
    """A new open stage of the default process, at the probability its name usually has, else before the closed ones."""
    process = SalesProcess.objects.get(is_default=True)
    open_stages = list(Stage.objects.filter(process=process, status=Status.OPEN).order_by("position", "pk"))
    highest = max((stage.probability for stage in open_stages), default=Decimal(10))
    probability = likely_probability(value)
    chance = Decimal(probability) if probability is not None else highest
    before = [stage for stage in open_stages if stage.probability <= chance]
    place = (before[-1].position if before else 0) + 1
    if Stage.objects.filter(process=process, position=place).exists():
        Stage.objects.filter(process=process, position__gte=place).update(position=F("position") + 1)
    stage = Stage.objects.create(
        process=process, name=value[:120], position=place, probability=chance, category=_category(chance)
    )
    return stage.pk


def _category(chance: Decimal) -> str:
    if chance >= COMMIT_FROM:
        return Category.COMMIT
    return Category.BEST_CASE if chance >= BEST_CASE_FROM else Category.PIPELINE
