"""Quotes: what they come to, whose yes they need, and that a sent one stands."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEvent, Notification
from orders import services
from orders.enums import QuoteStatus
from orders.models import Quote, QuoteLine
from orders.services import OrderConflict, OrderError
from people.models import Delegation
from pipeline.models import ListPrice
from tests.orders.desk import Desk
from tests.small_company import SINCE

pytestmark = pytest.mark.django_db


def submit(desk: Desk, quote: Quote, by: Any = None) -> Quote:
    return services.submit_quote(quote_id=quote.pk, by=by or desk.company.rep.user, on=desk.on)


def decide(desk: Desk, quote: Quote, by: Any, *, is_approved: bool = True, reason: str = "") -> Quote:
    return services.decide_quote(quote_id=quote.pk, is_approved=is_approved, by=by, on=desk.on, reason=reason)


def test_a_quote_comes_to_the_sum_of_its_lines(desk: Desk) -> None:
    quote = desk.quote(discount="10", price="99.99", pieces="3")
    assert quote.total == Decimal("269.97") and quote.discount_pct == 10  # 3 x 99.99 less 10 %
    assert quote.number == f"QUO-{quote.pk}" and quote.name == "Acme pilot"


def test_a_line_without_a_price_takes_the_list_price_of_the_day(desk: Desk) -> None:
    ListPrice.objects.create(product=desk.company.product(), currency_id="USD", price=Decimal(120), valid_from=SINCE)
    quote = Quote(deal=desk.company.deal(), currency_id="USD", valid_until=desk.on)
    line = QuoteLine(product=desk.company.product(), quantity=Decimal(2), list_price=None)
    assert services.save_quote(quote=quote, lines=[line], by=None, on=desk.on).total == 240


@pytest.mark.parametrize(
    ("lines", "days", "words"),
    [
        ([], 1, "at least one product"),
        ([{"list_price": None}], 1, "no list price"),
        ([{"list_price": Decimal(1)}], -1, "still to come"),
        ([{"list_price": Decimal(10) ** 13, "quantity": Decimal(10) ** 9}], 1, "more than can be kept"),
    ],
)
def test_what_is_no_quote_is_refused(desk: Desk, lines: list[Any], days: int, words: str) -> None:
    quote = Quote(deal=desk.company.deal(), currency_id="USD", valid_until=desk.on + timedelta(days=days))
    rows = [QuoteLine(product=desk.company.product(), **line) for line in lines]
    with pytest.raises(OrderError, match=words):
        services.save_quote(quote=quote, lines=rows, by=None, on=desk.on)


def test_a_discount_within_the_policy_needs_nobody(desk: Desk) -> None:
    desk.policy("rep", "10")
    assert submit(desk, desk.quote(discount="10")).status == QuoteStatus.APPROVED
    assert submit(desk, desk.quote(discount="10.01")).status == QuoteStatus.IN_APPROVAL


def test_without_a_policy_every_discount_needs_a_yes(desk: Desk) -> None:
    assert submit(desk, desk.quote(discount="0.5")).status == QuoteStatus.IN_APPROVAL
    assert submit(desk, desk.quote()).status == QuoteStatus.APPROVED


def test_who_may_approve_is_told_and_nobody_approves_their_own(desk: Desk) -> None:
    desk.policy("manager", "20")
    company = desk.company
    quote = submit(desk, desk.quote(discount="15"))
    told = set(Notification.objects.filter(kind="quote_to_approve").values_list("user__email", flat=True))
    assert told == {"max@example.com", "vera@example.com", "oren@example.com"}
    for nobody in (company.rep.user, company.other_manager.user, company.outsider.user):
        with pytest.raises(OrderError, match="Somebody else"):
            decide(desk, quote, nobody)
    done = decide(desk, quote, company.manager.user)
    assert done.status == QuoteStatus.APPROVED and done.approved_by == company.manager.user
    assert Notification.objects.filter(kind="quote_decided", user=company.rep.user).exists()
    assert AuditEvent.objects.filter(act="quote.approved", subject_id=quote.pk, actor=company.manager.user).exists()


def test_a_discount_above_a_managers_own_limit_goes_higher(desk: Desk) -> None:
    desk.policy("manager", "20")
    quote = submit(desk, desk.quote(discount="25"))
    with pytest.raises(OrderError, match="Somebody else"):
        decide(desk, quote, desk.company.manager.user)
    assert decide(desk, quote, desk.company.vp.user).status == QuoteStatus.APPROVED


def test_who_asked_as_an_approver_waits_for_another(desk: Desk) -> None:
    quote = submit(desk, desk.quote(discount="25"), by=desk.by)
    with pytest.raises(OrderError, match="Somebody else"):
        decide(desk, quote, desk.by)


def test_a_delegate_approves_in_place_of_a_manager_who_is_away(desk: Desk) -> None:
    company = desk.company
    desk.policy("manager", "20")
    quote = submit(desk, desk.quote(discount="15"))
    away = {"valid_from": SINCE, "valid_to": desk.on + timedelta(days=9)}
    Delegation.objects.create(from_user=company.manager.user, to_user=company.outsider.user, **away)
    decide(desk, quote, company.outsider.user)
    act = AuditEvent.objects.get(act="quote.approved")
    assert act.detail["in_place_of"] == company.manager.user.pk


def test_a_refusal_says_why_and_gives_the_draft_back(desk: Desk) -> None:
    quote = submit(desk, desk.quote(discount="25"))
    with pytest.raises(OrderError, match="Say why"):
        decide(desk, quote, desk.company.vp.user, is_approved=False)
    back = decide(desk, quote, desk.company.vp.user, is_approved=False, reason="Too deep")
    assert back.status == QuoteStatus.DRAFT and back.reason == "Too deep"


def test_a_quote_that_was_sent_is_revised_not_edited(desk: Desk) -> None:
    quote = desk.sent()
    with pytest.raises(OrderError, match="Only a draft is edited"):
        services.save_quote(quote=quote, lines=list(quote.lines.all()), by=None, on=desk.on)
    second = services.revise_quote(quote_id=quote.pk, by=desk.by, on=desk.on)
    assert second.number == f"QUO-{quote.pk} v2" and second.lines.get().net == quote.lines.get().net
    with pytest.raises(OrderError, match="under way"):
        services.revise_quote(quote_id=quote.pk, by=desk.by, on=desk.on)
    services.submit_quote(quote_id=second.pk, by=desk.by, on=desk.on)
    services.send_quote(quote_id=second.pk, by=desk.by, on=desk.on)
    quote.refresh_from_db()
    assert quote.status == QuoteStatus.EXPIRED and "v2" in quote.reason


def test_only_what_was_sent_is_answered_and_a_no_has_a_reason(desk: Desk) -> None:
    with pytest.raises(OrderError, match="Only a quote that was sent"):
        services.answer_quote(quote_id=desk.quote().pk, is_accepted=True, by=None, on=desk.on)
    quote = desk.sent()
    with pytest.raises(OrderError, match="Say why"):
        services.answer_quote(quote_id=quote.pk, is_accepted=False, by=None, on=desk.on)
    late = quote.valid_until + timedelta(days=1)
    with pytest.raises(OrderError, match="ran out"):
        services.answer_quote(quote_id=quote.pk, is_accepted=True, by=None, on=late)
    assert services.answer_quote(quote_id=quote.pk, is_accepted=True, by=None, on=desk.on).decided_on == desk.on


def test_quotes_that_ran_out_expire_once(desk: Desk) -> None:
    quote = desk.sent()
    assert services.expire_quotes(on=quote.valid_until) == 0
    assert services.expire_quotes(on=quote.valid_until + timedelta(days=1)) == 1
    assert services.expire_quotes(on=quote.valid_until + timedelta(days=1)) == 0


def test_two_who_edit_a_draft_are_both_heard(desk: Desk) -> None:
    quote = desk.quote()
    first, second = (Quote.objects.get(pk=quote.pk) for _ in range(2))
    line = [QuoteLine(product=desk.company.product(), list_price=Decimal(5))]
    services.save_quote(quote=first, lines=line, by=None, on=desk.on, version=1)
    with pytest.raises(OrderConflict):
        services.save_quote(quote=second, lines=line, by=None, on=desk.on, version=1)


def test_an_accepted_quote_becomes_an_order_to_the_cent_once(desk: Desk) -> None:
    quote = desk.sent(price="333.33", pieces="1000")
    services.answer_quote(quote_id=quote.pk, is_accepted=True, by=None, on=desk.on)
    order = services.order_quote(quote_id=quote.pk, ordered_on=desk.on, contract=None, by=desk.by, on=desk.on)
    assert order.total == quote.total == Decimal(333330)
    with pytest.raises(OrderError, match=order.number):
        services.order_quote(quote_id=quote.pk, ordered_on=desk.on, contract=None, by=desk.by, on=desk.on)
