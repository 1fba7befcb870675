"""Files of targets: who owes how much of a measure in a period. A changed amount holds from a day, the past stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.bulk import DatedRows, LoadPlan, Refusal, closed_books
from core.kernel import fields as f
from core.kernel.effective import day_after, last_day_of
from core.kernel.fields import FieldSpec, KindSpec
from core.models import FiscalPeriod
from core.registry import ClosedRows, ImportContext, ImportKind, RecordModel, ReferenceKind
from core.services import hold_closed_through
from people.kernel.closure import DAWN
from people.models import Person, Position, Team
from quotas.enums import COUNTED, HolderKind, Measure
from quotas.models import Target

# Column of a file -> (holder kind, what its cells name).
HOLDERS = {
    "person": (HolderKind.PERSON, "people"),
    "position": (HolderKind.POSITION, "positions"),
    "team": (HolderKind.TEAM, "teams"),
    "region": (HolderKind.TEAM, "regions"),
}
SPEC = KindSpec(
    "quotas",
    "Quotas and targets",
    (
        FieldSpec(
            "person", "Person", f.REFERENCE, synonyms=("Person ID", "Sales rep", "Rep", "Employee", "Owner", "Payee"),
            reference="people",
        ),
        FieldSpec("position", "Position", f.REFERENCE, synonyms=("Seat", "Position ID"), reference="positions"),
        FieldSpec("team", "Team", f.REFERENCE, synonyms=("Sales team", "Team name"), reference="teams"),
        FieldSpec("region", "Region", f.REFERENCE, synonyms=("Sales region",), reference="regions"),
        FieldSpec(
            "holder", "Holder", f.CHOICE, synonyms=("Level", "Holder kind"),
            choices={value: value for value in HolderKind.values},
        ),
        FieldSpec(
            "measure", "Measure", f.CHOICE, synonyms=("Metric", "Quota type"),
            choices={**{value.replace("_", " "): value for value in Measure.values}, "sales": "bookings"},
        ),
        FieldSpec(
            "period", "Period", f.REFERENCE, synonyms=("Fiscal period", "Quarter", "Month", "Year", "Fiscal year"),
            required=True, reference="periods",
        ),
        FieldSpec("amount", "Amount", f.MONEY, synonyms=("Quota", "Target", "Goal", "Quota amount"), required=True),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("valid_from", "From", f.DATE, synonyms=("Since", "Valid from", "Effective date")),
        FieldSpec("last_day", "Last day", f.DATE, synonyms=("Valid through", "Until")),
    ),
    keys=("period",),
)  # fmt: skip
ROWS = DatedRows(
    Target,
    "target",
    ("measure", "period_id", "holder_kind", "holder_id"),
    ("amount", "currency_id"),
    "one_target_in_force",
)
NOBODY = Refusal(
    "holder_kind",
    "s.holder_kind IS NULL",
    "Say who owes it: one person, position, team or region, or “company” in the column Holder.",
)


def plan(context: ImportContext) -> LoadPlan:
    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        kind, holder = _holder(clean, context)
        measure = clean.get("measure") or Measure.BOOKINGS.value
        period = clean.get("period")
        return {
            "holder_kind": kind,
            "holder_id": holder,
            "measure": measure,
            "period_id": context.find("periods", period) if period else None,
            "amount": clean.get("amount"),
            "currency_id": None if measure in COUNTED else clean.get("currency") or context.currency,
            "valid_from": clean.get("valid_from"),
            "valid_to": day_after(clean.get("last_day")),
        }

    negative = Refusal("amount", "s.amount < 0", "A target isn't below zero.")
    days = (context.since, context.today, DAWN)
    return ROWS.plan(prepare, days=days, closed=closed_books(hold_closed_through()), refusals=(NOBODY, negative))


def _holder(clean: dict[str, Any], context: ImportContext) -> tuple[str | None, int | None]:
    """Who owes what a row says; (None, None) where it names nobody, or several."""
    named = [(*HOLDERS[name], clean[name]) for name in HOLDERS if clean.get(name)]
    if not named and clean.get("holder") == HolderKind.COMPANY:
        return HolderKind.COMPANY.value, 0
    if len(named) != 1:
        return None, None
    kind, reference, word = named[0]
    return kind.value, context.find(reference, word)


def records() -> Iterator[dict[str, Any]]:
    """Every target there was and is, of holders that are still there."""
    keys = {
        HolderKind.PERSON: {pk: ("person", ext or f"PER-{pk}") for pk, ext in _keys(Person)},
        HolderKind.POSITION: {pk: ("position", ext or f"POS-{pk}") for pk, ext in _keys(Position)},
        HolderKind.TEAM: {pk: (kind, name) for pk, kind, name in Team.objects.values_list("pk", "kind", "name")},
        HolderKind.COMPANY: {0: ("holder", HolderKind.COMPANY.value)},
    }
    rows = Target.objects.select_related("period").order_by("valid_from", "pk")
    for row in rows.iterator(chunk_size=2000):
        held = keys[HolderKind(row.holder_kind)].get(row.holder_id)
        if held is not None:
            yield {
                held[0]: held[1],
                "measure": row.measure.replace("_", " "),
                "period": row.period.key,
                "amount": row.amount,
                "currency": row.currency_id,
                "valid_from": row.valid_from,
                "last_day": last_day_of(row.valid_to),
            }


def _keys(model: Any) -> Any:
    return model.objects.order_by().values_list("pk", "external_id")


def _periods() -> Iterable[tuple[str, int]]:
    """A period goes by its key (2026-Q1) and by how it is called (FY26 Q1)."""
    for pk, key, label in FiscalPeriod.objects.order_by("pk").values_list("pk", "key", "label"):
        yield label, pk
        yield key, pk


def _kept() -> str:
    """Targets that hold from a closed day on stay when an import is undone."""
    closed = closed_books(hold_closed_through())
    return closed.held if closed else ""


QUOTAS = ImportKind("quotas", 58, SPEC, "target", plan, records, "", icon="target")
PERIODS = ReferenceKind("periods", "Period", _periods)
MODEL = RecordModel("target", Target, 38)
CLOSED = ClosedRows("target", _kept)
