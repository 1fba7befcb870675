"""Making the demo company as one visible run: its steps in order, each in a transaction of its own and done once.

A run cut off in the middle goes on with the first step that isn't done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core import registry
from core.models import Run
from core.runs import open_run, recording
from core.selectors import the_company
from integrations.demo.chance import SEED
from integrations.demo.playing import Books
from integrations.demo.records import DOMAIN
from integrations.demo.story import Story
from people.models import User
from pipeline.models import Opportunity

KIND = "demo"
Step = tuple[str, Callable[[], Any]]


class DemoRefused(ValueError):
    """The demo company can't be made here; the message says why."""


@dataclass(slots=True)
class Making:
    """What the steps share: the story, the instant it ends at, and the records by their codes."""

    story: Story
    at: datetime
    books: Books = field(default_factory=Books)

    @property
    def today(self) -> date:
        return self.story.today

    @property
    def ops(self) -> User:
        """The sales ops manager, who imports the files."""
        return User.objects.get(email=f"ops@{DOMAIN}")


def open_making(*, on: date, scale: float, by: Any = None) -> Run:
    """A queued run that makes the company as it is on a day. Raises DemoRefused where there are deals already."""
    if Opportunity.objects.exists():
        raise DemoRefused("There are deals here already. The demo company needs an empty installation.")
    params = {"on": on.isoformat(), "scale": scale, "done": []}
    digest = hashlib.sha256(f"{SEED}:{on}:{scale}".encode()).hexdigest()
    return open_run(kind=KIND, label="Make the demo company", by=by, params=params, input_hash=digest)


def make_by_id(*, run_id: int, at: datetime) -> None:
    make(run=Run.objects.get(pk=run_id), at=at)


def make(*, run: Run, at: datetime) -> None:
    """Do every step of every registered part that isn't done yet; `at` is the instant the story ends."""
    story = Story(date.fromisoformat(run.params["on"]), float(run.params["scale"]), the_company().calendar)
    making = Making(story, at)
    steps = [step for part in registry.demo_parts for step in part.steps(making)]
    with recording(run) as progress:
        progress.total(len(steps))
        for label, work in steps:
            progress.advance(0, note=label)
            if label not in run.params["done"]:
                _do_once(run, label, work)
            progress.advance()
        progress.count("opportunities", Opportunity.objects.count())
        progress.result(f"{the_company().name} stands as of {story.today}.")


def _do_once(run: Run, label: str, work: Callable[[], Any]) -> None:
    with transaction.atomic():
        work()
        run.params["done"].append(label)
        run.save(update_fields=["params"])
