"""A disputed line as a case of its plan: the payee's credits up to it, their quotas, and what should come out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from compensation.enums import Stage
from compensation.models import Credit, Dispute, LedgerEntry
from compensation.selectors.run_inputs import Terms
from compensation.selectors.traces import recalculated, terms_kept
from core.kernel.money import from_minor

MOST_CREDITS = 300  # a longer story is no example any more


def case_of(dispute: Dispute) -> dict[str, Any] | None:
    """In the words of docs/plan-format.md; None for what is no earned line of a credit, or has too long a story."""
    line = LedgerEntry.objects.filter(pk=dispute.line_id, payee=dispute.payee, period=dispute.period).first()
    if line is None or line.credit_id <= 0:
        return None
    terms = terms_kept(line.run, line.version)
    code = terms.codes[dispute.payee_id]
    loaded = recalculated(line.run, line.version, [dispute.payee_id]).loaded
    ids = [int(one) for one in loaded.inputs.credits.keys.tolist()]
    rows = list(
        Credit.objects.filter(pk__in=ids, payee=dispute.payee).select_related("kind", "fields").order_by("on", "pk")
    )
    own = next((row for row in rows if row.pk == line.credit_id), None)
    if own is None or len(rows) > MOST_CREDITS:
        return None
    keys = {row.pk: f"C{number}" for number, row in enumerate(rows, start=1)}
    expect = {
        "payee": code, "component": line.component.key, "credit_key": keys[own.pk],
        "amount": _text(_decided(dispute, line), str(line.plan.currency_id)),
    }  # fmt: skip
    return {
        "title": f"{dispute.number}: {dispute.title}"[:200],
        "through": max(row.on for row in rows).isoformat(),
        "credits": [_credit(row, keys[row.pk], code) for row in rows],
        "quotas": _quotas(terms, code),
        "people": _people(terms, code),
        "expect": [expect],
    }


def _decided(dispute: Dispute, line: LedgerEntry) -> int:
    """What the line earned, and the adjustment that was decided for it."""
    same = LedgerEntry.objects.filter(
        payee=dispute.payee, version_id=line.version_id, component_id=line.component_id, credit_id=line.credit_id,
        stage=Stage.EARNED,
    )  # fmt: skip
    earned = sum(same.values_list("amount_minor", flat=True))
    return earned + (dispute.adjustment.amount_minor if dispute.adjustment else 0)


def _credit(row: Credit, key: str, code: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "credit_key": key, "payee": code, "on": row.on.isoformat(), "measure": row.kind.name,
        "quota_credit": _text(row.quota_minor, row.currency), "commissionable": _text(row.pay_minor, row.currency),
        "currency": row.currency,
    }  # fmt: skip
    if (row.fx_num, row.fx_den) != (1, 1):
        told["rate"] = f"{row.fx_num}/{row.fx_den}"
    return told | dict(row.fields.values)


def _quotas(terms: Terms, code: str) -> list[dict[str, Any]]:
    return [
        {"payee": one.payee, "measure": one.measure, "period": one.period, "amount": _plain(one.amount)}
        for one in terms.quotas
        if one.payee == code
    ]


def _people(terms: Terms, code: str) -> list[dict[str, Any]]:
    found = []
    for one in terms.people:
        if one.payee == code:
            told = {"payee": code, "plan_role": one.role, "valid_from": one.valid_from.isoformat()}
            found.append(told | _optional(valid_to=one.valid_to, ote=one.ote, variable=one.variable))
    return found


def _optional(**values: Any) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, date) else _plain(value) for name, value in values.items() if value
    }


def _plain(value: Any) -> str:
    number = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{number:f}"


def _text(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency):f}"
