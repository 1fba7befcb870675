"""What happens when an installation starts for the first time: a demo company, or one login to begin with."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from core.enums import RunState
from core.jobs import enqueue
from core.models import Run
from core.selectors import company_day, the_company
from core.services import change_company, open_night
from integrations.demo import logins
from integrations.demo.making import KIND, make, open_making

DEMO_NAME, DEMO_ZONE = "Northwind Robotics", "America/Los_Angeles"
DEMO_TITLE = "Demo company: sign in as one of these. Don't enter real data here."
ADMIN_TITLE = "First login. Change its password, then delete this file."
DEFAULT_ADMIN = "admin@localhost"


def set_up(*, at: datetime) -> None:
    """Does nothing once there is a login. In production nothing is made unless it is asked for by name."""
    if not logins.is_first_start():
        return
    if settings.DEMO:
        ask_for_demo(at=at)
    elif not settings.PRODUCTION or (settings.ADMIN_EMAIL and settings.ADMIN_PASSWORD):
        email = settings.ADMIN_EMAIL or DEFAULT_ADMIN
        told = logins.first_admin(email=email, password=settings.ADMIN_PASSWORD, on=company_day(at))
        if not settings.PRODUCTION:
            logins.tell(told, title=ADMIN_TITLE)


@transaction.atomic
def ask_for_demo(*, at: datetime) -> None:
    """The demo company's name and logins at once, the rest as a job."""
    run = begin_demo(at=at, scale=1.0)
    enqueue("integrations.make_demo", run=run, run_id=run.pk)


@transaction.atomic
def begin_demo(*, at: datetime, scale: float) -> Run:
    """Name the company, make its logins and open its run. Raises DemoRefused where there are deals already."""
    company = the_company()
    company.name, company.time_zone, company.is_demo = DEMO_NAME, DEMO_ZONE, True
    change_company(company=company, by=None)
    today = company_day(at)
    run = open_making(on=today, scale=scale)
    told = logins.demo_logins(on=today)
    open_night(on=(today - timedelta(days=1)).isoformat())
    transaction.on_commit(lambda: logins.tell(told, title=DEMO_TITLE))
    return run


def make_now(*, at: datetime, scale: float) -> Run:
    """Make the demo company in this process, or go on with one that was cut off. Raises DemoRefused."""
    unfinished = Run.objects.filter(kind=KIND).exclude(state=RunState.SUCCEEDED).order_by("-pk").first()
    run = unfinished or begin_demo(at=at, scale=scale)
    make(run=run, at=at)
    return run
