"""Long work: runs (what people see) and jobs (what workers take)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.enums import JobState, RunState
from core.models.abstract import Timestamped


class Run(Timestamped):
    """One recorded calculation: what went in, which rules, how far it is, what came out, what failed."""

    kind = models.CharField(_("kind"), max_length=60)
    label = models.CharField(_("what"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.QUEUED)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    units_done = models.BigIntegerField(_("done"), default=0)
    units_total = models.BigIntegerField(_("of"), null=True, blank=True)
    note = models.CharField(_("works on"), max_length=200, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    counts = models.JSONField(_("counts"), default=dict)
    input_hash = models.CharField(_("input hash"), max_length=64, blank=True)
    output_hash = models.CharField(_("output hash"), max_length=64, blank=True)
    engine_version = models.CharField(_("engine version"), max_length=40, blank=True)
    result = models.TextField(_("result"), blank=True)
    error = models.TextField(_("error"), blank=True)
    stop_requested_at = models.DateTimeField(_("stop asked"), null=True, blank=True)
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="retries")
    is_walled = models.BooleanField(
        _("behind a wall"), default=False, help_text=_("Shown to nobody but who started it: it works on pay.")
    )

    class Meta:
        verbose_name = _("run")
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.label} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        return reverse("core:run", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.state in (RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED)


class RunLogLine(models.Model):
    run = models.ForeignKey(Run, models.CASCADE, related_name="log")
    at = models.DateTimeField(db_default=Now())
    level = models.CharField(max_length=8, default="info")
    message = models.TextField()

    class Meta:
        ordering = ["id"]


class Job(Timestamped):
    """Work asked for in a transaction. Sent to the broker on commit, re-sent by the sweep when nobody took it."""

    name = models.CharField(max_length=120)
    kwargs = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    dedupe_key = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="jobs")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                name="job_waiting_once",
                condition=Q(state=JobState.WAITING) & ~Q(dedupe_key=""),
            )
        ]
        indexes = [models.Index(fields=["state", "not_before"], condition=~Q(state=JobState.DONE), name="job_open")]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk} ({self.state})"
