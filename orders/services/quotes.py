"""Writes of quotes: lay out, ask for approval, decide, send, answer, revise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.models import in_force_on
from core.notify import notify
from core.services import check_version, save_next
from orders import policies
from orders.enums import QuoteStatus
from orders.kernel.lines import deepest, net_amount
from orders.models import Quote, QuoteLine
from orders.selectors.records import standing_on_quote
from orders.services.errors import MOST, OrderConflict, OrderError, refuse_amount
from orders.services.watching import saved
from people.models import User
from people.selectors import deciders
from pipeline.selectors.catalogue import list_prices

OFFER_DAYS = 30  # how long a revision holds where the quote it revises has run out


@transaction.atomic
def save_quote(*, quote: Quote, lines: Sequence[QuoteLine], by: Any, on: date, version: int | None = None) -> Quote:
    """Save a draft with exactly these lines; a line without a list price takes that of the day.

    Raises OrderError: not a draft any more, no line, no price known, run out; OrderConflict for another version.
    """
    is_new = quote.pk is None
    if not is_new:
        stands = _locked(quote.pk)
        check_version(stands, version, OrderConflict)
        _refuse_unless(stands, QuoteStatus.DRAFT, _("Only a draft is edited. Revise the quote instead."))
        quote.version = stands.version
    if quote.valid_until < on:
        raise OrderError(_("Choose a day that is still to come."), "valid_until")
    quote.name = quote.name or quote.deal.name
    _price(quote, lines, on=on)
    if is_new:
        quote.save()
    else:
        save_next(quote)
    quote.lines.all().delete()
    for line in lines:
        line.pk, line.quote = None, quote
    QuoteLine.objects.bulk_create(lines)
    audit.record(act="quote.created" if is_new else "quote.changed", actor=by, subject=quote)
    return quote


def _price(quote: Quote, lines: Sequence[QuoteLine], *, on: date) -> None:
    """Net of each line, the quote's total and its deepest discount."""
    if not lines:
        raise OrderError(_("A quote needs at least one product."))
    currency = str(quote.currency_id)
    prices = list_prices([line.product_id for line in lines], currency=currency, on=on)
    for line in lines:
        price = line.list_price if line.list_price is not None else prices.get(line.product_id)
        if price is None:
            words = _("%(product)s has no list price in %(currency)s. Enter one.")
            raise OrderError(words % {"product": line.product, "currency": currency})
        line.list_price = price
        net = {"quantity": line.quantity, "list_price": price, "discount_pct": line.discount_pct}
        line.net = net_amount(**net, currency=currency) if line.quantity * price < MOST else MOST
        refuse_amount(line.net, currency, field="")
    quote.total = sum((line.net for line in lines), Decimal(0))
    refuse_amount(quote.total, currency, field="")
    quote.discount_pct = deepest(line.discount_pct for line in lines)


@transaction.atomic
def submit_quote(*, quote_id: int, by: Any, on: date) -> Quote:
    """A draft whose discount one may give oneself is approved; another waits for a second person, who is told."""
    quote = _locked(quote_id)
    _refuse_unless(quote, QuoteStatus.DRAFT, _("Only a draft is handed in."))
    if not quote.lines.exists():
        raise OrderError(_("A quote needs at least one product."))
    quote.asked_by, quote.asked_on, quote.reason = by, on, ""
    if quote.discount_pct <= policies.discount_limit(by, on):
        quote.status, quote.approved_by, quote.approved_on = QuoteStatus.APPROVED, by, on
        return _moved(quote, "quote.approved_by_policy", by)
    quote.status = QuoteStatus.IN_APPROVAL
    _moved(quote, "quote.approval_asked", by)
    _tell_deciders(quote, by=by, on=on)
    return quote


def _tell_deciders(quote: Quote, *, by: Any, on: date) -> None:
    able = User.objects.filter(
        in_force_on(on, "grants__"), grants__role__in=policies.APPROVES, grants__is_pending=False, is_active=True
    )
    own = [user for user in able.distinct() if policies.decides_quote(user, quote, on)]
    asked = deciders(own, on, parties=[by.pk] if by is not None else [])
    words = {"quote": quote.number, "pct": formats.rate(quote.discount_pct)}
    notify(
        kind="quote_to_approve",
        users=[one.user for one in asked],
        title=_("%(quote)s asks for a discount of %(pct)s") % words,
        detail=_("%(total)s, asked by %(who)s")
        % {"total": formats.exact_money(quote.total, str(quote.currency_id)), "who": by},
        subject=quote,
        url=f"{quote.get_absolute_url()}decide/",
        dedupe_key=f"quote:{quote.pk}",
        by=by,
    )


@transaction.atomic
def decide_quote(*, quote_id: int, is_approved: bool, by: Any, on: date, reason: str = "") -> Quote:
    """A second person approves a quote that waits, or gives it back as a draft with a reason; the asker is told.

    Raises OrderError for those who don't decide it, for who asked, when nothing waits, and for a refusal without why.
    """
    quote = _locked(quote_id)
    _refuse_unless(quote, QuoteStatus.IN_APPROVAL, _("This quote doesn't wait for approval."))
    standing = standing_on_quote(by, quote, on)
    if standing is None:
        raise OrderError(_("Somebody else has to approve this: who asked for it doesn't, nor who may give less."))
    if not is_approved and not reason.strip():
        raise OrderError(_("Say why, so that the quote can be mended."), "reason")
    quote.reason = reason.strip()
    quote.status = QuoteStatus.APPROVED if is_approved else QuoteStatus.DRAFT
    if is_approved:
        quote.approved_by, quote.approved_on = by, on
    act = "quote.approved" if is_approved else "quote.sent_back"
    _moved(quote, act, by, reason=quote.reason, in_place_of=standing.on_behalf_of)
    words = _("%(quote)s is approved") if is_approved else _("%(quote)s was given back")
    title, detail = words % {"quote": quote.number}, quote.reason
    notify(kind="quote_decided", users=[quote.asked_by], title=title, detail=detail, subject=quote, by=by)
    return quote


@transaction.atomic
def take_back_quote(*, quote_id: int, by: Any, on: date) -> Quote:
    """A quote that wasn't sent yet becomes a draft again; an approval it had is over."""
    quote = _locked(quote_id)
    _refuse_unless(
        quote, QuoteStatus.IN_APPROVAL, QuoteStatus.APPROVED, _("What was sent stays. Revise the quote instead.")
    )
    quote.status, quote.approved_by, quote.approved_on = QuoteStatus.DRAFT, None, None
    return _moved(quote, "quote.taken_back", by)


@transaction.atomic
def send_quote(*, quote_id: int, by: Any, on: date) -> Quote:
    """An approved quote went to the customer; an earlier revision that was still out is replaced by it."""
    quote = _locked(quote_id)
    _refuse_unless(quote, QuoteStatus.APPROVED, _("A quote is sent once it is approved."))
    if quote.valid_until < on:
        raise OrderError(_("It ran out on %(day)s. Take it back and give it another day.") % _day(quote.valid_until))
    quote.status, quote.sent_on = QuoteStatus.SENT, on
    first = quote.first_id or quote.pk
    before = Quote.objects.select_for_update(of=("self",)).filter(Q(first=first) | Q(pk=first), status=QuoteStatus.SENT)
    for other in before.exclude(pk=quote.pk).order_by("pk"):
        other.status, other.decided_on = QuoteStatus.EXPIRED, on
        other.reason = _("Replaced by %(quote)s") % {"quote": quote.number}
        save_next(other)
    return _moved(quote, "quote.sent", by)


@transaction.atomic
def answer_quote(*, quote_id: int, is_accepted: bool, by: Any, on: date, reason: str = "") -> Quote:
    """The customer accepts a quote that was sent, or declines it with a reason."""
    quote = _locked(quote_id)
    _refuse_unless(quote, QuoteStatus.SENT, _("Only a quote that was sent is accepted or declined."))
    if is_accepted and quote.valid_until < on:
        raise OrderError(_("It ran out on %(day)s. Revise it.") % _day(quote.valid_until))
    if not is_accepted and not reason.strip():
        raise OrderError(_("Say why the customer declined."), "reason")
    quote.status = QuoteStatus.ACCEPTED if is_accepted else QuoteStatus.DECLINED
    quote.decided_on, quote.reason = on, reason.strip()
    return _moved(quote, "quote.accepted" if is_accepted else "quote.declined", by, reason=quote.reason)


@transaction.atomic
def revise_quote(*, quote_id: int, by: Any, on: date) -> Quote:
    """A new draft with the lines of a quote that was sent, under its number. The one that was sent stands as it is."""
    old = _locked(quote_id)
    _refuse_unless(old, *_OVER, _("A quote that wasn't sent yet is edited, not revised."))
    first = old.first or old
    Quote.objects.select_for_update(of=("self",)).get(pk=first.pk)
    family = Quote.objects.filter(Q(first=first) | Q(pk=first.pk))
    if family.filter(status__in=_UNDER_WAY).exists():
        raise OrderError(_("Another revision of this quote is under way already."))
    made = Quote(
        name=old.name, deal=old.deal, first=first, currency_id=old.currency_id, note=old.note, custom=old.custom,
        revision=(family.aggregate(last=Max("revision"))["last"] or 1) + 1,
        valid_until=max(old.valid_until, on + timedelta(days=OFFER_DAYS)), total=old.total,
        discount_pct=old.discount_pct,
    )  # fmt: skip
    made.save()
    lines = [
        QuoteLine(
            quote=made,
            product_id=line.product_id,
            quantity=line.quantity,
            list_price=line.list_price,
            discount_pct=line.discount_pct,
            net=line.net,
        )  # fmt: skip
        for line in old.lines.all()
    ]
    QuoteLine.objects.bulk_create(lines)
    audit.record(act="quote.revised", actor=by, subject=made)
    return made


def expire_quotes(*, on: date) -> int:
    """Quotes that were sent and have run out become expired; gives how many."""
    late = Quote.objects.filter(status=QuoteStatus.SENT, valid_until__lt=on).order_by("pk")
    done = 0
    for pk in late.values_list("pk", flat=True):
        with transaction.atomic():
            quote = _locked(pk)
            if quote.status == QuoteStatus.SENT and quote.valid_until < on:
                quote.status, quote.decided_on = QuoteStatus.EXPIRED, on
                _moved(quote, "quote.expired", None)
                done += 1
    return done


_OVER = (QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED)
_UNDER_WAY = (QuoteStatus.DRAFT, QuoteStatus.IN_APPROVAL, QuoteStatus.APPROVED)


def _locked(quote_id: int) -> Quote:
    return Quote.objects.select_for_update(of=("self",), no_key=True).select_related("deal").get(pk=quote_id)


def _refuse_unless(quote: Quote, *wanted: Any) -> None:
    """The last word is the sentence that says why not."""
    *statuses, words = wanted
    if quote.status not in statuses:
        raise OrderError(f"{_('The quote is “%(status)s”.') % {'status': quote.get_status_display()}} {words}")


def _moved(quote: Quote, act: str, by: Any, *, reason: str = "", in_place_of: Any = None) -> Quote:
    save_next(quote)
    audit.record(act=act, actor=by, subject=quote, reason=reason, in_place_of=in_place_of)
    saved(quote.deal_id, None)
    return quote


def _day(day: date) -> dict[str, str]:
    return {"day": formats.day(day)}
