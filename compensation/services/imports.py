"""Files of milestones and scores: they wait for a second person's yes, as those that are entered by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PayEventKind, PeriodState
from compensation.models import Payee, PayEvent, PayPeriod
from core.bulk import BY_EXTERNAL_ID, LoadPlan, Refusal
from core.kernel import fields as f
from core.kernel import formats
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, RecordModel

SPEC = KindSpec(
    "pay_events",
    "Milestones and scores",
    (
        FieldSpec("external_id", "Event ID", synonyms=("ID", "Record ID", "Milestone ID"), max_length=120),
        FieldSpec(
            "kind", "Kind", f.CHOICE, synonyms=("Type",), required=True,
            choices={**{value: value for value in PayEventKind.values}, "goal": "score", "mbo": "score"},
        ),
        FieldSpec(
            "person", "Person", f.REFERENCE, synonyms=("Rep", "Payee", "Employee", "Owner"), required=True,
            reference="people",
        ),
        FieldSpec("name", "Name", synonyms=("What", "Milestone", "Goal", "Objective"), required=True, max_length=120),
        FieldSpec("on", "On", f.DATE, synonyms=("Date", "Day", "Reached on"), required=True),
        FieldSpec("amount", "Number or amount", f.DECIMAL, synonyms=("Score", "Amount", "Number", "Value")),
        FieldSpec("note", "Note", synonyms=("Comment", "Remark"), max_length=255),
    ),
    keys=("external_id",),
)  # fmt: skip
_COLUMNS = ("amount", "external_id", "kind", "name", "note", "on", "payee_id")


def plan_events(context: ImportContext) -> LoadPlan:
    columns = sorted({"kind", "name", "on", "payee_id"} | (set(_COLUMNS) & context.fields))
    payees = dict(Payee.objects.filter(person__isnull=False).values_list("person_id", "pk"))

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        person = context.find("people", clean["person"]) if clean.get("person") else None
        return {**clean, "payee_id": payees.get(person or 0)}

    usual = {"state": "'proposed'", "amount": "1", "note": "''", "entered_by_id": str(context.user_id or "NULL")}
    return LoadPlan(
        model=PayEvent,
        matches=(BY_EXTERNAL_ID,),
        columns=tuple(columns),
        defaults=usual | {"payee_id": "NULL"},  # refused below, in words that say more than that it is missing
        prepare=prepare,
        refusals=tuple(_refusals(columns)),
    )


def _refusals(columns: list[str]) -> Iterator[Refusal]:
    yield Refusal("person", "s.payee_id IS NULL", _("Nobody of this name is on a plan."))
    ours = " OR ".join(f's."{name}" IS NOT NULL AND s."{name}" IS DISTINCT FROM t."{name}"' for name in columns)
    decided = f"EXISTS (SELECT 1 FROM compensation_payevent t WHERE t.id = s.id AND t.state <> 'proposed' AND ({ours}))"
    yield Refusal(
        "name", decided, _("It is decided already and stays as it is. Enter what is new under an ID of its own.")
    )
    locked = PayPeriod.objects.filter(state=PeriodState.LOCKED).order_by("-starts_on").first()
    if locked is not None:
        day = locked.ends_on.isoformat()
        words = _("Pay is locked before %(day)s: choose that day or a later one.") % {
            "day": formats.day(locked.ends_on)
        }
        kept = "NOT EXISTS (SELECT 1 FROM compensation_payevent t WHERE t.id = s.id)"
        yield Refusal("on", f"s.\"on\" < DATE '{day}' AND {kept}", words)


def event_records() -> Iterator[dict[str, Any]]:
    rows = PayEvent.objects.filter(payee__person__isnull=False).select_related("payee__person").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        person = row.payee.person
        yield {
            "external_id": row.external_id or row.number,
            "kind": row.kind,
            "person": (person.external_id or f"PER-{person.pk}") if person else None,
            "name": row.name,
            "on": row.on,
            "amount": row.amount,
            "note": row.note or None,
        }


PAY_EVENTS = ImportKind(
    *("pay_events", 90, SPEC, "pay_event", plan_events, event_records, "EVT-"),
    icon="trophy",
    may_import=policies.keeps_pay,
)
MODELS = (RecordModel("pay_event", PayEvent, 70),)
