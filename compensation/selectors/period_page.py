"""What the page of a pay period shows: steps, exceptions, changes, totals, checks, who approves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compensation import policies
from compensation.enums import PayRunState, Stage
from compensation.kernel import crowd
from compensation.models import PayPeriod, PayRun
from compensation.selectors import changes, checks, runs
from compensation.selectors.exceptions import Exceptional, Exceptions, exceptions_of
from core.enums import RunState
from core.selectors import with_live_progress
from people.models import RoleGrant, User

SHOWN, MOST = 12, 500
COMPARED = 300
TABS = ("open", "blocking", "resolved", "all")


def period_context(user: Any, period: PayPeriod, *, against: str, show: str, is_long: bool) -> dict[str, Any]:
    """Everything of the page; those who only approve get what is of no single person."""
    run = runs.standing_run(period)
    before, after = runs.neighbours(period)
    is_done = _is_done(run)
    found = exceptions_of(run) if run is not None and is_done else Exceptions([])
    context: dict[str, Any] = {
        "period": period, "run": run, "before": before, "after": after, "is_done": is_done,
        "keeps": policies.keeps_pay(user), "sees_pay": policies.sees_all_pay(user), "steps": _steps(),
        "step": step_of(run, found), "blocker": _blocker(run, found), "exceptions": found,
        **progress_of(user, period, run),
    }  # fmt: skip
    if run is None or not is_done:
        return context
    chosen = _chosen(changes.choices_of(run, before), against)
    context |= {
        "against_key": chosen.key if chosen else "",
        "against_label": chosen.label if chosen else "",
        "has_others": period.runs.count() > 1,
        "news": runs.plans_with_news(run) if run.state != PayRunState.POSTED else 0,
        **_totals(user, run, chosen, period),
        **checks_of(run),
        **_approval(user, run),
    }
    if policies.sees_all_pay(user):
        context |= _exceptions(found, show, MOST if is_long else SHOWN)
    return context


def _steps() -> list[str]:
    return [_("Inputs"), _("Calculate"), _("Exceptions"), _("Approve"), _("Lock"), _("Export")]


def step_of(run: PayRun | None, found: Exceptions) -> int:
    """The number of the step that is to be done, from 1."""
    if run is None:
        return 2
    states = {PayRunState.STARTED: 2, PayRunState.SUBMITTED: 4, PayRunState.APPROVED: 5, PayRunState.POSTED: 6}
    usual = 3 if found.open else 4
    return states.get(PayRunState(run.state), usual)


def _blocker(run: PayRun | None, found: Exceptions) -> str:
    count = len(found.blocking)
    if run is None or run.state != PayRunState.CALCULATED or not count:
        return ""
    words = ngettext("%(count)s exception blocks approval", "%(count)s exceptions block approval", count)
    return words % {"count": count}


def progress_of(user: Any, period: PayPeriod, run: PayRun | None) -> dict[str, Any]:
    """How far the calculation is, the first or another one: shown while it works, and when it failed or was stopped."""
    record = with_live_progress(run.run) if run is not None else None
    is_working = record is not None and not record.is_over
    failed = record is not None and record.state in (RunState.FAILED, RunState.STOPPED)
    is_shown = run is not None and run.state in (PayRunState.STARTED, PayRunState.CALCULATED) and failed
    share = 100 * record.units_done / record.units_total if record is not None and record.units_total else None
    return {
        "period": period,
        "run": run,
        "record": record if is_shown or is_working else None,
        "is_working": is_working,
        "share": share,
        "keeps": policies.keeps_pay(user),
        "failed": failed,
    }


def _totals(user: Any, run: PayRun, chosen: changes.Against | None, period: PayPeriod) -> dict[str, Any]:
    """Totals, unless they would tell somebody who doesn't see pay what single people are paid.

    Sums of stages that so few have anything in are told together with others, as a sum of enough people.
    """
    against = chosen.runs if chosen else []
    if policies.sees_all_pay(user):
        return {"totals": runs.totals_of(run, against)}
    paid_in = Stage.PAID.name.lower()
    people, told = runs.people_by_stage([run, *against]), dict[str, frozenset[str]]()
    for currency, stages in people.items():
        paid = {name: runs_of for name, runs_of in stages.items() if name == paid_in}
        if not crowd.told_apart(paid, policies.FEWEST_TOLD)[0]:
            continue
        rest = {name: runs_of for name, runs_of in stages.items() if name != paid_in}
        apart, pooled = crowd.told_apart(rest, policies.FEWEST_TOLD)
        is_whole = all(crowd.is_told(len(one), policies.FEWEST_TOLD) for one in runs.together(rest, pooled))
        told[currency] = frozenset(apart) if is_whole else frozenset[str]()
    return {"totals": runs.totals_of(run, against, told), "too_few": len(told) < len(people)}


def _exceptions(found: Exceptions, show: str, most: int) -> dict[str, Any]:
    rows: dict[str, Sequence[Exceptional]] = {
        "open": found.open, "blocking": found.blocking, "resolved": found.resolved, "all": found.all,
    }  # fmt: skip
    labels = {"open": _("Open"), "blocking": _("Blocking"), "resolved": _("Resolved"), "all": _("All")}
    shown = show if show in TABS else "open"
    tabs = [
        {"url": f"?show={key}#exceptions", "label": labels[key], "count": len(rows[key]), "active": key == shown}
        for key in TABS
    ]
    more = {"more": max(len(rows[shown]) - most, 0), "more_url": f"?show={shown}&rows=all#exceptions"}
    return {"tabs": tabs, "shown": rows[shown][:most], "may_show_more": most < MOST, **more}


def _is_done(run: PayRun | None) -> bool:
    """Whether there is a calculation to look at."""
    return run is not None and run.state not in (PayRunState.STARTED, PayRunState.REPLACED)


def _chosen(choices: Sequence[changes.Against], key: str) -> changes.Against | None:
    """What the run is compared with: what was asked for, else the first there is."""
    return next((one for one in choices if one.key == key), choices[0] if choices else None)


def changes_context(period: PayPeriod, against: str) -> dict[str, Any]:
    """The card of the biggest changes: a part of its own, since no figure of the page hangs on it."""
    context: dict[str, Any] = {"period": period, "record": period, "changes": []}
    run = runs.standing_run(period)
    if run is None or not _is_done(run):
        return context
    choices = changes.choices_of(run, runs.neighbours(period)[0])
    chosen = _chosen(choices, against)
    if chosen is None:
        return context
    page = period.get_absolute_url()
    told, people = changes.biggest_changes(run, chosen)
    links = [
        {"url": f"{page}?against={one.key}#changes", "label": one.label, "active": one == chosen} for one in choices
    ]
    return context | {
        "chosen": chosen, "against_label": chosen.label, "choices": links, "changes": told, "people": people,
    }  # fmt: skip


def checks_of(run: PayRun) -> dict[str, Any]:
    """What was checked of a run, and how far checks are that are being made."""
    made = checks.check_runs(run)
    return {
        "balance": checks.balance_of(run),
        "compared": made.get(checks.COMPARE),
        "verified": made.get(checks.VERIFY),
        "is_checking": any(not one.is_over for one in made.values()),
        "batches": run.terms.exclude(batch=None).values("version__plan").distinct().count(),
    }


def _approval(user: Any, run: PayRun) -> dict[str, Any]:
    """Who said yes, who may, and what this person may do now."""
    given = list(run.approvals.select_related("user__person"))
    is_waiting = run.state == PayRunState.SUBMITTED and run.run.is_over
    may_give_back = policies.may_give_back_run(user, run) and run.state in (PayRunState.SUBMITTED, PayRunState.APPROVED)
    return {
        "approvals": given,
        "left": max(2 - len(given), 0),
        "approvers": _approvers(run, {one.user_id for one in given}) if is_waiting else [],
        "may_approve": is_waiting and policies.may_approve_run(user, run),
        "may_give_back": may_give_back,
    }


def _approvers(run: PayRun, given: set[int]) -> list[User]:
    held = RoleGrant.objects.in_force_today().filter(role__in=policies.APPROVES_RUNS)
    others = User.objects.filter(is_active=True, pk__in=held.values("user"))
    return list(others.exclude(Q(pk=run.prepared_by_id) | Q(pk__in=given)).select_related("person").order_by("pk")[:5])


def comparison(period: PayPeriod, first: int | None, second: int | None) -> dict[str, Any]:
    """Two runs of a period: those asked for, else the last two."""
    known = list(runs.named_runs().filter(period=period).exclude(totals={}).order_by("-pk")[:20])
    newer = runs.find_run(period, second) or (known[0] if known else None)
    older = runs.find_run(period, first) or next((one for one in known if newer and one.pk < newer.pk), None)
    rows = runs.compare_runs(older, newer) if older is not None and newer is not None else []
    moved = [row for row in rows if row.change]
    return {
        "period": period, "runs": known, "first": older, "second": newer, "rows": moved[:COMPARED],
        "same": len(rows) - len(moved), "more": max(len(moved) - COMPARED, 0),
        "back": reverse("compensation:period", args=[period.pk]),
    }  # fmt: skip
