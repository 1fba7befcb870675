"""Choices of this room. Stages are numbers in the database: tables that kernels write hold nothing but numbers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for approval")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PeriodState(models.TextChoices):
    OPEN = "open", _("Open")
    LOCKED = "locked", _("Locked")


class PayRunState(models.TextChoices):
    STARTED = "started", _("Being calculated")
    CALCULATED = "calculated", _("Calculated")
    SUBMITTED = "submitted", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    REPLACED = "replaced", _("Replaced")


# Of a period only one run is in one of these.
AT_WORK = (PayRunState.STARTED, PayRunState.CALCULATED, PayRunState.SUBMITTED, PayRunState.APPROVED)


class Stage(models.IntegerChoices):
    """What a line is. Of each payee all lines of a pay period sum to zero: what is paid stands against the rest."""

    EARNED = 1, _("Earned")
    DEFERRED = 2, _("Deferred")
    DUE = 3, _("Instalment due")
    HELD = 4, _("Held back")
    RELEASED = 5, _("Released")
    DRAW = 6, _("Draw")
    RECOVERED = 7, _("Draw recovered")
    OVER_CAP = 8, _("Above the cap on pay")
    WAITING = 9, _("Waits for acceptance")
    CARRIED = 10, _("Carried forward")
    ADJUSTED = 11, _("Adjustment")
    PAID = 12, _("Paid")
    FORFEITED = 13, _("Lost on leaving")


class AdjustmentState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class SimulatedOver(models.TextChoices):
    """What a version of a plan is laid over."""

    CLOSED = "closed", _("Closed months")
    OPEN = "open", _("Open deals")


class ManagersSee(models.TextChoices):
    """Whose statements and disputes managers see."""

    NONE = "none", _("Nobody's")
    LINE = "line", _("Their whole line's")


class DisputeState(models.TextChoices):
    RAISED = "raised", _("Raised")
    IN_REVIEW = "in_review", _("In review")
    DECIDED = "decided", _("Decided")
    ADJUSTED = "adjusted", _("Adjusted")
    CLOSED = "closed", _("Closed")


class DisputeOutcome(models.TextChoices):
    UPHELD = "upheld", _("Upheld")
    PARTLY = "partly", _("Upheld in part")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Taken back")


class DisputeReason(models.TextChoices):
    CREDIT = "credit", _("Split or crediting")
    MISSING = "missing", _("A deal is missing")
    AMOUNT = "amount", _("Wrong amount")
    RATE = "rate", _("Wrong rate or tier")
    QUOTA = "quota", _("Wrong quota")
    DRAW = "draw", _("Draw, holdback or release")
    OTHER = "other", _("Something else")


class PayEventKind(models.TextChoices):
    MILESTONE = "milestone", _("Milestone")
    SCORE = "score", _("Score of a goal")


class PayEventState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class ResultNote(models.TextChoices):
    """What the kernel tells of a payee besides amounts."""

    NO_QUOTA = "no_quota", _("No quota")
    DIVISION_BY_ZERO = "division_by_zero", _("Division by zero")


class AccountingState(models.TextChoices):
    """Of a month of account; the last three stand in the books for ever."""

    STARTED = "started", _("Being calculated")
    CALCULATED = "calculated", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REPLACED = "replaced", _("Replaced")
    CLOSED = "closed", _("Closed")
    REVERSED = "reversed", _("Opened again")
    REVERSAL = "reversal", _("Reversal")


class Basis(models.TextChoices):
    MONTHS = "months", _("By months; the first counts whole")
    DAYS = "days", _("By days")


class TermSource(models.TextChoices):
    """Where a contract's term was learned."""

    CONTRACT = "contract", _("Contract")
    RENEWAL = "renewal", _("Renewed contract")
    DEAL = "deal", _("Term of the deal")
    OPEN_END = "open_end", _("Contract without an end")
    ASSUMED = "assumed", _("Assumed by the policy")


class Treatment(models.IntegerChoices):
    """What became of a cost."""

    CAPITALISED = 1, _("Capitalised")
    NOT_INCREMENTAL = 2, _("No cost of winning a contract")
    SHORT = 3, _("A benefit of a year or less")
    NO_DEAL = 4, _("No deal it was earned by")
    TERM_OVER = 5, _("The benefit is over")
    ADJUSTED = 6, _("Adjustment")
    DRAWN = 7, _("Draw that isn't owed back")
    CAPPED = 8, _("Above the cap on pay")
    TAKEN_BACK = 9, _("Taken back")


class Ledger(models.TextChoices):
    """Accounts of the books that costs of contracts touch."""

    ASSET = "asset", _("Capitalised costs")
    AMORTISATION = "amortisation", _("Amortisation of capitalised costs")
    EXPENSE = "expense", _("Commission expense")
    LIABILITY = "liability", _("Commissions earned, not paid")
    IMPAIRMENT = "impairment", _("Write-off of capitalised costs")
    CLEARING = "clearing", _("Payroll clearing")


class Entry(models.TextChoices):
    EARNED = "earned", _("Commissions earned")
    CLAWED_BACK = "clawed_back", _("Commissions taken back")
    AMORTISED = "amortised", _("Amortisation")
    IMPAIRED = "impaired", _("Written off")
    PAID = "paid", _("Commissions paid")
