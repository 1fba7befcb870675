"""Writes of pay: what a person earns from a day on. The acts that are recorded hold days, never amounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.kernel.money import minor_digits
from core.kernel.typed import has_too_many_decimals
from core.services import why_closed
from people.models import PayRules, Person, PersonPay
from people.selectors.pay import pay_rules


class PayError(ValueError):
    """A change of pay that can't be; the message says why, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def set_pay(*, pay: PersonPay, by: Any) -> PersonPay:
    """From a day a person is paid this; the pay before ends there, one that begins on the very day is replaced.

    Pay that was set for a later day still begins on it. Raises PayError for one's own pay, for closed days, and for
    amounts that can't be.
    """
    _refuse_own(pay.person, by)
    _refuse_amounts(pay)
    _refuse_closed(pay.valid_from, field="valid_from")
    Person.objects.select_for_update(of=("self",)).get(pk=pay.person_id)
    rows = PersonPay.objects.filter(person=pay.person_id)
    replaced = rows.filter(valid_from=pay.valid_from).delete()[0]
    over = Q(valid_to=None) | Q(valid_to__gt=pay.valid_from)
    rows.filter(over, valid_from__lt=pay.valid_from).update(valid_to=pay.valid_from, updated_at=Now())
    later = rows.filter(valid_from__gt=pay.valid_from).order_by("valid_from").first()
    pay.valid_to = later.valid_from if later else None
    pay.save()
    _record("pay.set", pay, by, **({"replaced": True} if replaced else {}))
    return pay


@transaction.atomic
def end_pay(*, pay: PersonPay, on: date, by: Any) -> None:
    """Pay no longer holds from a day on; ended on its first day it never did. Raises PayError."""
    pay = PersonPay.objects.select_related("person").select_for_update(of=("self",)).get(pk=pay.pk)
    _refuse_own(pay.person, by)
    _refuse_closed(on, field="on")
    if on < pay.valid_from:
        words = _("This pay begins on %(day)s. It can't end before.")
        raise PayError(words % {"day": formats.day(pay.valid_from)}, "on")
    if pay.valid_to is not None and pay.valid_to <= on:
        words = _("This pay has ended before: its first day without is %(day)s. Choose an earlier day.")
        raise PayError(words % {"day": formats.day(pay.valid_to)}, "on")
    _record("pay.ended", pay, by, to=on.isoformat())
    if on == pay.valid_from:
        pay.delete()
    else:
        PersonPay.objects.filter(pk=pay.pk).update(valid_to=on, updated_at=Now())


@transaction.atomic
def change_pay_rules(*, rules: PayRules, by: Any) -> PayRules:
    """Let managers see the pay of their line, or no longer. It holds from the next page on."""
    before = pay_rules()
    rules.pk = 1
    rules.save(force_insert=before._state.adding, force_update=not before._state.adding)
    detail = {"managers_see_pay": rules.managers_see_pay}
    audit.record(act="pay_rules.changed", actor=by, subject=rules, detail=detail)
    return rules


def _refuse_own(person: Person, by: Any) -> None:
    if by is not None and person.user_id is not None and person.user_id == by.pk:
        raise PayError(own_pay_words())


def own_pay_words() -> str:
    return _("Nobody sets their own pay. Another comp admin has to do it.")


def _refuse_amounts(pay: PersonPay) -> None:
    if pay.variable < 0 or pay.ote < 0:
        raise PayError(_("Pay can't be less than nothing."), "variable" if pay.ote >= 0 else "ote")
    if pay.variable > pay.ote:
        words = _("Variable pay is a part of on-target earnings and can't be more. Check both.")
        raise PayError(words, "variable")
    code = str(pay.currency_id)
    for name in ("ote", "variable"):
        if has_too_many_decimals(Decimal(getattr(pay, name)).normalize(), code):
            words = _("%(currency)s has %(count)s decimals. Write the amount without more.")
            raise PayError(words % {"currency": code, "count": minor_digits(code)}, name)


def _refuse_closed(day: date, *, field: str) -> None:
    """What closed days were paid with stays. Needs a transaction."""
    if words := why_closed(day):
        raise PayError(words, field)


def _record(act: str, pay: PersonPay, by: Any, **detail: Any) -> None:
    """About the person, so that who it was goes with them when they are erased."""
    audit.record(act=act, actor=by, subject=pay.person, detail={"from": pay.valid_from.isoformat(), **detail})
