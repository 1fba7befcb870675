"""Plan letters: what one says of a person's plan, and as a PDF."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from compensation import policies
from compensation.kernel.sentences import COMPONENT, CREDITING, DRAW, MEASURE, PARAMETER, TERMS, clauses
from compensation.models import Acceptance, Assignment, Payee, Plan, PlanVersion
from core.kernel import formats
from core.models import in_force_on
from core.selectors import the_company
from quotas.enums import HolderKind
from quotas.models import Target

LAYOUT = Path(settings.BASE_DIR) / "templates" / "compensation" / "letter.typ"
_HEADS = {
    COMPONENT: "What you earn", DRAW: "Draws", MEASURE: "How it is measured", PARAMETER: "Values that formulas name",
    CREDITING: "What you are credited with", TERMS: "Terms",
}  # fmt: skip


def letter_parts(version: PlanVersion) -> list[dict[str, Any]]:
    """A version's clauses in words, under their heads: the same in every letter."""
    parts: list[dict[str, Any]] = []
    for clause in clauses(version.document):
        head = _HEADS[clause.kind]
        if not parts or parts[-1]["head"] != head:
            parts.append({"head": head, "clauses": []})
        parts[-1]["clauses"].append({"title": clause.title, "text": clause.text.strip()})
    return parts


def letter_terms(
    version: PlanVersion, assignment: Assignment, on: date, *, parts: list[dict[str, Any]]
) -> dict[str, Any]:
    """What a letter says, kept as it was sent: clauses in words, and the person's quotas of a day."""
    return {
        "plan": version.plan.name, "version": version.number, "currency": version.plan.currency_id,
        "hash": version.plan_hash, "person": str(assignment.payee), "role": assignment.role,
        "from": max(version.valid_from, assignment.valid_from).isoformat(),
        "company": the_company().name, "parts": parts, "quotas": _quotas(version, assignment.payee, on),
    }  # fmt: skip


def _quotas(version: PlanVersion, payee: Payee, on: date) -> list[dict[str, str]]:
    """The quotas that the plan's measures ask for, of periods that the version is in force in."""
    measures = version.document.get("measures", {})
    wanted = {value.get("quota") or _first(value.get("credits", key)) for key, value in measures.items()}
    if payee.person_id is None:
        return []
    rows = Target.objects.filter(
        in_force_on(on), holder_kind=HolderKind.PERSON, holder_id=payee.person_id, measure__in=wanted,
        period__ends_on__gt=version.valid_from,
    ).select_related("period")  # fmt: skip
    if version.valid_to is not None:
        rows = rows.filter(period__starts_on__lt=version.valid_to)
    return [
        {
            "measure": str(row.get_measure_display()),
            "period": row.period.label,
            "amount": formats.exact_money(row.amount, row.currency_id)
            if row.currency_id
            else formats.whole(row.amount),
        }
        for row in rows.order_by("measure", "period__starts_on", "-period__ends_on")
    ]


def _first(credits: Any) -> str:
    return str(credits if isinstance(credits, str) else credits[0])


def get_letter_for(user: Any, letter_id: int) -> Acceptance:
    """Raises Http404 for another person's letter, except for pay roles."""
    letters = policies.visible_letters(user).select_related("version__plan", "payee__person")
    return get_object_or_404(letters, pk=letter_id)


def own_letters(user: Any) -> QuerySet[Acceptance]:
    """A person's own letters, the newest first."""
    own = Acceptance.objects.filter(payee__person__user_id=user.pk)
    return own.select_related("version__plan", "payee__person").order_by("-sent_on", "-pk")


def letters_of(version: PlanVersion) -> QuerySet[Acceptance]:
    return version.letters.select_related("payee__person").order_by("payee__person__name", "payee__code")


def without_letter(version: PlanVersion) -> list[Assignment]:
    """Who is on the plan while the version is in force, and wasn't sent its letter; the first assignment of each.

    Without those whose role the version doesn't pay.
    """
    rows = Assignment.objects.filter(plan_id=version.plan_id).exclude(payee__letters__version=version)
    if version.valid_to is not None:
        rows = rows.filter(valid_from__lt=version.valid_to)
    if roles := version.document.get("roles"):
        rows = rows.filter(role__in=roles)
    rows = rows.exclude(valid_to__lte=version.valid_from).select_related("payee__person", "plan")
    found: dict[int, Assignment] = {}
    for row in rows.order_by("valid_from"):
        found.setdefault(row.payee_id, row)
    return sorted(found.values(), key=lambda row: str(row.payee))


def plan_holders(plan: Plan, on: date) -> int:
    """How many people are on a plan on a day."""
    return Assignment.objects.filter(in_force_on(on), plan=plan).count()


def letter_pdf(letter: Acceptance) -> bytes:
    """A letter as it was sent, set as PDF."""
    import typst

    told = letter.terms | {
        "sent": formats.day(letter.sent_on),
        "accepted": formats.day(letter.accepted_on) if letter.accepted_on else "",
        "from": formats.day(date.fromisoformat(letter.terms["from"])),
    }
    # The letter's words travel as data: nothing in them is read as typesetting.
    return bytes(typst.compile(LAYOUT.read_bytes(), sys_inputs={"letter": json.dumps(told)}))
