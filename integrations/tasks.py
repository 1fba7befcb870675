from __future__ import annotations

from django.utils import timezone

from core.jobs import job
from core.selectors import company_day
from integrations import demo, services


@job("integrations.check_import")
def check_import(*, import_id: int, run_id: int) -> None:
    services.check_by_id(import_id=import_id, run_id=run_id, today=company_day(timezone.now()))


@job("integrations.run_import")
def run_import(*, import_id: int, run_id: int, user_id: int | None, before: str) -> None:
    today = company_day(timezone.now())
    services.import_by_id(import_id=import_id, run_id=run_id, user_id=user_id, before=before, today=today)


@job("integrations.undo_import")
def undo_import(*, import_id: int, run_id: int, user_id: int | None, even_changed: bool) -> None:
    services.undo_by_id(import_id=import_id, run_id=run_id, user_id=user_id, even_changed=even_changed)


@job("integrations.export_all")
def export_all(*, run_id: int) -> None:
    services.export_by_id(run_id=run_id)


@job("integrations.make_demo")
def make_demo(*, run_id: int) -> None:
    demo.make_by_id(run_id=run_id, at=timezone.now())


def first_start() -> None:
    """The first step of an installation: a demo company or a first login."""
    demo.set_up(at=timezone.now())
