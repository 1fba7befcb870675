"""Files of pay: who earns what a year from which day. For comp admins alone, and never a row of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.bulk import BY_EXTERNAL_ID, STAGE, TOUCHED, LoadPlan, Match, Refusal, closed_books, touching
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ClosedRows, ImportContext, ImportKind, RecordModel, ReferenceKind, UndoPart
from core.services import hold_closed_through
from people.models import PersonPay
from people.policies import may_set_pay
from people.services.imports import PREFIX as PERSON
from people.services.imports import names_of_people
from people.services.pay import own_pay_words

PREFIX = "PPY-"
_TABLE = PersonPay._meta.db_table
SPEC = KindSpec(
    "person_pay",
    "Pay of people",
    (
        FieldSpec("external_id", "Pay ID", synonyms=("Record ID",), max_length=120),
        FieldSpec(
            "person",
            "Person",
            f.REFERENCE,
            synonyms=("Name", "Employee", "Employee ID", "Person ID", "Payee", "Rep", "Email"),
            required=True,
            reference="payees",
        ),
        FieldSpec("valid_from", "Valid from", f.DATE, synonyms=("From", "Since", "Effective date", "Start date"),
                  required=True),
        FieldSpec("ote", "On-target earnings", f.MONEY, synonyms=("OTE", "Total target compensation", "TTC"),
                  required=True),
        FieldSpec("variable", "Variable pay", f.MONEY, synonyms=("Variable", "Target incentive", "Target variable"),
                  required=True),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
    ),
    keys=("external_id",),
)  # fmt: skip
_KEY = "person_id || ':' || {side}.valid_from"
_COLUMNS = ("currency_id", "ote", "person_id", "valid_from", "variable")


def plan(context: ImportContext) -> LoadPlan:
    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        person = context.find("payees", clean["person"]) if clean.get("person") else None
        return {**clean, "person_id": person, "currency_id": clean.get("currency")}

    by_day = Match(f"t.{_KEY.format(side='t')}", f"s.{_KEY.format(side='s')}")
    return LoadPlan(
        model=PersonPay,
        matches=(*((BY_EXTERNAL_ID,) if "external_id" in context.fields else ()), by_day),
        columns=_COLUMNS,
        prepare=prepare,
        defaults={"currency_id": f"'{context.currency}'"},
        on_update={"valid_to": "t.valid_to"},  # kept with the values before, so that an undo gives it back
        refusals=(*_own(context), *_amounts(context.currency), _same_day(), *_closed()),
        link=_defer,
        after=(_end_rows,),
    )


def _own(context: ImportContext) -> tuple[Refusal, ...]:
    """Rows about whoever imports them, also one that would become another's."""
    if context.user_id is None:
        return ()
    mine = f"SELECT p.id FROM people_person p WHERE p.user_id = {int(context.user_id)}"
    stood = f"EXISTS (SELECT 1 FROM {_TABLE} t WHERE t.id = s.id AND t.person_id IN ({mine}))"
    return (Refusal("person", f"s.person_id IN ({mine}) OR {stood}", own_pay_words()),)


def _amounts(currency: str) -> tuple[Refusal, ...]:
    """The words name no amount: what stands in the cells is shown beside them to those who may import pay."""
    stands = f"SELECT t.currency_id FROM {_TABLE} t WHERE t.id = s.id"
    code = f"coalesce(s.currency_id, ({stands}), '{currency}')"
    digits = f"(SELECT c.minor_digits FROM core_currency c WHERE c.code = {code})"
    fine = _("The amount has more decimals than its currency.")
    return (
        Refusal("ote", "s.ote < 0", _("Pay can't be less than nothing.")),
        Refusal("variable", "s.variable < 0", _("Pay can't be less than nothing.")),
        Refusal("variable", "s.variable > s.ote",
                _("Variable pay is a part of on-target earnings and can't be more. Check both.")),
        *(Refusal(name, f"s.{name} <> round(s.{name}, {digits})", fine) for name in ("ote", "variable")),
    )  # fmt: skip


def _same_day() -> Refusal:
    where = f"""EXISTS (SELECT 1 FROM {STAGE} o WHERE o.person_id = s.person_id AND o.valid_from = s.valid_from
        AND o.row_no > s.row_no) OR EXISTS (SELECT 1 FROM {_TABLE} t WHERE t.person_id = s.person_id
        AND t.valid_from = s.valid_from AND t.id IS DISTINCT FROM s.id)"""
    return Refusal("valid_from", where, _("Other pay of this person begins on the same day."))


def _closed() -> tuple[Refusal, ...]:
    """Rows that would change the pay of closed days."""
    closed = closed_books(hold_closed_through())
    if closed is None:
        return ()
    shut = f"DATE '{closed.through.isoformat()}'"
    stands = f"SELECT 1 FROM {_TABLE} t WHERE t.id = s.id AND t.valid_from <= {shut}"
    ours = ", ".join(f"coalesce(s.{name}, t.{name})" for name in _COLUMNS)
    theirs = ", ".join(f"t.{name}" for name in _COLUMNS)
    return (
        Refusal("valid_from", f"EXISTS ({stands} AND ({ours}) IS DISTINCT FROM ({theirs}))", closed.kept),
        Refusal("valid_from", f"s.valid_from <= {shut} AND NOT EXISTS ({stands})", closed.late),
    )


def _defer(cursor: Any) -> None:
    """Rows overlap until each ends where the next begins."""
    cursor.execute("SET CONSTRAINTS one_pay_a_person DEFERRED")


def _end_rows(cursor: Any) -> None:
    """Each row of the file's people ends where the next begins, unless it ended before by itself."""
    cursor.execute(
        touching(
            "person_pay",
            "updated",
            f"""UPDATE {_TABLE} t SET valid_to = x.until, updated_at = now() FROM (
                  SELECT c.id, lead(c.valid_from) OVER (PARTITION BY c.person_id ORDER BY c.valid_from) AS until
                  FROM {_TABLE} c WHERE EXISTS (SELECT 1 FROM {STAGE} s WHERE s.person_id = c.person_id)) x
                WHERE t.id = x.id AND x.until IS NOT NULL AND (t.valid_to IS NULL OR t.valid_to > x.until)
                RETURNING t.id, jsonb_build_object('valid_to', old.valid_to) AS before,
                  old.xmin::text::bigint AS stamp""",
        )
        + f" WHERE NOT EXISTS (SELECT 1 FROM {TOUCHED} o WHERE o.record_kind = 'person_pay' AND o.record_id = done.id)"
    )
    cursor.execute("SET CONSTRAINTS one_pay_a_person IMMEDIATE")


def _overlap_for_now(rows: Any) -> None:
    """An undo gives rows their days back before all is where it belongs; `settle` looks after the rest."""
    with connection.cursor() as cursor:
        _defer(cursor)


def settle(kinds: frozenset[str]) -> None:
    """After an import or its undo: a row that was kept still ends the one before it."""
    if "person_pay" not in kinds:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {_TABLE} t SET valid_to = x.until, updated_at = now() FROM (
                  SELECT c.id, lead(c.valid_from) OVER (PARTITION BY c.person_id ORDER BY c.valid_from) AS until
                  FROM {_TABLE} c) x
                WHERE t.id = x.id AND x.until IS NOT NULL AND (t.valid_to IS NULL OR t.valid_to > x.until)"""
        )
        cursor.execute("SET CONSTRAINTS one_pay_a_person IMMEDIATE")


def records() -> Iterator[dict[str, Any]]:
    for row in PersonPay.objects.select_related("person").order_by("pk").iterator(chunk_size=2000):
        yield {
            "external_id": row.external_id or f"{PREFIX}{row.pk}",
            "person": row.person.external_id or f"{PERSON}{row.person_id}",
            "valid_from": row.valid_from,
            "ote": row.ote,
            "variable": row.variable,
            "currency": row.currency_id,
        }


def undo_refusal(user: Any, record_ids: Collection[int]) -> str:
    """Nobody gives their own pay back a value either."""
    touches_own = PersonPay.objects.filter(pk__in=record_ids, person__user=user.pk).exists()
    return _("This import changed your own pay. Another comp admin has to undo it.") if touches_own else ""


def _kept() -> str:
    """SQL that is true of a row that held on a closed day."""
    closed = closed_books(hold_closed_through())
    return closed.held if closed else ""


KIND = ImportKind(
    *("person_pay", 15, SPEC, "person_pay", plan, records, PREFIX),
    icon="cash",
    may_import=may_set_pay,
    undo_refusal=undo_refusal,
)
# Whom a row may name: nobody is made by a file of pay.
REFERENCE = ReferenceKind("payees", "Person", names_of_people, None, "person")
MODEL = RecordModel("person_pay", PersonPay, 18)
CLOSED = ClosedRows("person_pay", _kept, frozenset(_COLUMNS))
DAYS = UndoPart("person_pay", "person_pay.days", _overlap_for_now)
