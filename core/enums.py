from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Finished")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class JobState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ScenarioState(models.TextChoices):
    """How far a plan is. What is published or archived stays as it is."""

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class YearPattern(models.TextChoices):
    CALENDAR = "calendar", _("Calendar months")
    WEEKS_445 = "445", _("4-4-5 weeks")
    WEEKS_454 = "454", _("4-5-4 weeks")
    WEEKS_544 = "544", _("5-4-4 weeks")


class YearName(models.TextChoices):
    END = "end", _("the calendar year it ends in")
    START = "start", _("the calendar year it starts in")


class RateKind(models.TextChoices):
    PLAN = "plan", _("Plan rate")
    DAILY = "daily", _("Daily rate")


class Channel(models.TextChoices):
    """How a person wants to hear of something."""

    APP = "app", _("In Salesops")
    MAIL = "mail", _("In Salesops and by e-mail")
    NONE = "none", _("Not at all")


class Sharing(models.TextChoices):
    """Who sees a saved view besides its owner."""

    OWN = "own", _("Only me")
    TEAM = "team", _("My team and reporting line")
    ALL = "all", _("Everyone who sees the list")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class MailState(models.TextChoices):
    NOT_ASKED = "", _("No e-mail")
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Tone(models.TextChoices):
    """The colour of a tag, always with its word."""

    NONE = "", _("Grey")
    ACCENT = "acc", _("Blue")
    GOOD = "good", _("Green")
    WARN = "warn", _("Amber")
    BAD = "bad", _("Red")


class FieldType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("Text")
    LONG = "long", _("Long text")
    NUMBER = "number", _("Number")
    MONEY = "money", _("Money")
    DATE = "date", _("Date")
    BOOLEAN = "boolean", _("Yes or no")
    CHOICE = "choice", _("One choice")
    CHOICES = "choices", _("Several choices")
    PERSON = "person", _("Person")
    URL = "url", _("Web address")
