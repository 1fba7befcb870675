"""Who keeps and approves pay in the demo company, and when: acts of people at instants, told from the story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from compensation.kernel.calendar import business_days_after
from core import jobs
from core.enums import JobState, RunState
from core.kernel.periods import Period
from core.models import Job
from core.runs import RunFailed
from integrations.demo.chance import chance
from integrations.demo.making import Making
from integrations.demo.records import DOMAIN, email_of, person_code
from people.enums import Role
from people.models import Person, User
from people.services import create_user, save_person

MORNING = time(9)


class Deed(NamedTuple):
    """Something that is done at an instant: do(at)."""

    at: datetime
    do: Callable[[datetime], Any]


@dataclass
class Desk:
    """The logins that work on pay, people by name, and the months of pay up to today."""

    making: Making

    @cached_property
    def comp(self) -> User:
        return User.objects.get(email=f"comp@{DOMAIN}")

    @cached_property
    def finance(self) -> User:
        return User.objects.get(email=f"finance@{DOMAIN}")

    @cached_property
    def controller(self) -> User:
        """Finance's second person, whose yes the books need; nobody signs in as them."""
        email = f"controller@{DOMAIN}"
        known = User.objects.filter(email=email).first()
        if known is not None:
            return known
        name = "Ilse Vanterhoff"
        person = save_person(person=Person(name=name, email=email_of(name), external_id=person_code(name)), by=None)
        return create_user(
            email=email, password=None, roles=[Role.FINANCE], by=None, on=self.posted[0].start, person=person
        )

    @cached_property
    def vp(self) -> User:
        return User.objects.get(email=f"vp@{DOMAIN}")

    @cached_property
    def people(self) -> dict[str, Person]:
        return {one.name: one for one in Person.objects.select_related("user")}

    @cached_property
    def posted(self) -> list[Period]:
        """Months that are closed: from the first of the story up to the one before `open`."""
        calendar, found = self.making.story.calendar, []
        month = calendar.month_of(self.making.story.quarters[0].start)
        while month.start < self.open.start:
            found.append(month)
            month = calendar.month_of(month.end)
        return found

    @cached_property
    def open(self) -> Period:
        """The month that ended last: its run is calculated, and people look at it."""
        calendar = self.making.story.calendar
        return calendar.shift(calendar.month_of(self.making.today), -1)

    def at(self, day: date, *words: object) -> datetime:
        """An instant in the working hours of a day, by chance of its own."""
        minutes = chance("pay clock", day, *words).randint(0, 470)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return datetime.combine(day, MORNING, tzinfo=self.making.books.zone) + timedelta(minutes=minutes)

    def after(self, day: date, business_days: int, *words: object) -> datetime:
        """The same so many business days after a day."""
        return self.at(business_days_after(day, business_days), *words)


def do_job(name: str) -> None:
    """The work of a kind that was asked for last, here and now instead of by a worker. Raises RunFailed."""
    job = Job.objects.filter(name=name, state=JobState.WAITING).order_by("-pk")[0]
    jobs.run_job(job_id=job.pk)
    job.refresh_from_db()
    if job.run is None or job.run.state != RunState.SUCCEEDED:
        raise RunFailed(f"{job.run}: {job.error}")
