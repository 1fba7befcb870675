"""What is kept about contacts and leads among activities and findings."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.registry import PersonalTrace
from pipeline.models import Activity, Finding


def _activities(kind: str, record: Any) -> Any:
    return Activity.objects.filter(subject_kind=kind, subject_id=record.pk)


def _tell_activities(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_activities(kind, record).order_by("id").values("kind", "title", "body", "happened_at", "due_on"))


def _erase_activities(kind: str, record: Any, pseudonym: str) -> int:
    """That there was a call stays; what was written doesn't."""
    return int(_activities(kind, record).update(title=_now("Erased"), body="", extra={}))


def _findings(kind: str, record: Any) -> Any:
    return Finding.objects.filter(subject_kind=kind, subject_id=record.pk)


def _tell_findings(kind: str, record: Any) -> list[dict[str, Any]]:
    return list(_findings(kind, record).values("rule__key", "found_on", "fact"))


def _erase_findings(kind: str, record: Any, pseudonym: str) -> int:
    return int(_findings(kind, record).delete()[0])


TRACES = (
    PersonalTrace("activities", 40, _("Calls, mails, notes, tasks"), _tell_activities, _erase_activities, is_text=True),
    PersonalTrace("findings", 50, _("Findings of checks"), _tell_findings, _erase_findings),
)
