"""Copies of somebody's name and e-mail in what machines keep: jobs, runs, answers, notifications, acts of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.models import AuditEvent, Job, KeptAnswer, Notification, Run, RunLogLine
from core.registry import PersonalTrace
from core.selectors.erasure import personal_words

RENAMED: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (AuditEvent, ("actor_label", "subject_label", "reason", "detail")),
    (Run, ("label", "note", "params", "result", "error")),
    (RunLogLine, ("message",)),
)
WALLED: dict[type[models.Model], dict[str, bool]] = {Run: {"is_walled": True}, RunLogLine: {"run__is_walled": True}}


def rows_with(rows: QuerySet[Any], fields: Sequence[str], words: Sequence[str]) -> QuerySet[Any]:
    """Rows in which one of the words stands somewhere in the fields, whatever its case; JSON is looked through too."""
    texts = {f"as_text_{name}": Cast(name, models.TextField()) for name in fields}
    held = [Q(**{f"{text}__icontains": form}) for text in texts for word in words for form in {word, _in_json(word)}]
    return rows.annotate(**texts).filter(reduce(or_, held)) if held else rows.none()


def _in_json(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)[1:-1]


def rename(rows: QuerySet[Any], fields: Sequence[str], words: Sequence[str], pseudonym: str) -> int:
    """Put a pseudonym where the words stand by themselves in the fields; gives how many rows changed."""
    changed = 0
    replaced = replacer(words, pseudonym)
    for row in rows_with(rows, fields, words).iterator(chunk_size=500):
        was = {name: getattr(row, name) for name in fields}
        values = {name: replaced(value) for name, value in was.items()}
        if values != was:
            changed += rows.model._default_manager.filter(pk=row.pk).update(**values)
    return changed


def replacer(words: Sequence[str], pseudonym: str) -> Callable[[Any], Any]:
    """A function of texts, lists and objects of JSON that writes a pseudonym in place of whole words."""
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda _found: pseudonym, value)
        if isinstance(value, list):
            return [replaced(one) for one in value]
        return {name: replaced(one) for name, one in value.items()} if isinstance(value, dict) else value

    return replaced


def _tell(kind: str, record: Any) -> list[dict[str, Any]]:
    """Runs behind a wall are told to nobody but who started them, and so not here; an erasure finds them all."""
    words = personal_words(kind, record)
    told: list[dict[str, Any]] = []
    for model, fields in RENAMED:
        open_rows = model._default_manager.exclude(**WALLED.get(model, {}))
        told += rows_with(open_rows, fields, words).values(*fields)
    told += rows_with(Notification.objects.all(), ("title", "detail"), words).values("title", "detail", "created_at")
    return told


def _erase(kind: str, record: Any, pseudonym: str) -> int:
    """What is told or waits goes; kept answers are emptied; what stays on record gets the pseudonym."""
    words = personal_words(kind, record)
    if not words:
        return 0
    answers = rows_with(KeptAnswer.objects.all(), ("body",), words).values("pk")
    return (
        sum(rename(model._default_manager.all(), fields, words, pseudonym) for model, fields in RENAMED)
        + rows_with(Notification.objects.all(), ("title", "detail"), words).delete()[0]
        + rows_with(Job.objects.all(), ("kwargs", "error"), words).delete()[0]
        + KeptAnswer.objects.filter(pk__in=answers).update(body=None)
    )


COPIES = PersonalTrace("copies", 95, _("Copies in jobs, runs, notifications and acts"), _tell, _erase)
