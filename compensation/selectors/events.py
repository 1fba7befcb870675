"""What happened that plans may pay on, deal by deal: bookings, orders, invoices, payments, returns, activities and the
like, as the crediting kernel takes them. People are named by their id, as text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from fractions import Fraction
from typing import NamedTuple

from compensation.enums import PayEventState
from compensation.kernel import clauses as c
from compensation.kernel.events import OVERLAY, REVENUE, Event, Split
from compensation.models import PayEvent
from compensation.selectors.rates import Rates
from core.kernel.money import to_minor
from core.selectors import the_company
from leads.models import Lead
from orders.enums import FactKind
from orders.models import Churn, Contract, Return
from orders.selectors import facts
from orders.selectors.facts import MoneyFact
from pipeline.enums import ActivityKind, SplitKind
from pipeline.models import Activity, Opportunity, Product
from territories.selectors import Covers, Kept, covers_of, kept_shares

RENEWAL = "renewal"
HELD = (ActivityKind.CALL, ActivityKind.MEETING)
_FACTS = {
    c.BOOKING: FactKind.BOOKING,
    c.ORDER: FactKind.ORDER,
    c.INVOICE: FactKind.INVOICE,
    c.PAYMENT: FactKind.PAYMENT,
    c.RETURN: FactKind.RETURN,
}
DEALS_AT_ONCE = 5_000


class Source(NamedTuple):
    """Where an event comes from: the kind of record, its id, and the deal; the currency of its amount."""

    kind: str
    record_id: int
    deal_id: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Events that belong together, and where each comes from by its name."""

    events: list[Event]
    sources: dict[str, Source]


def happened(
    kinds: Collection[str],
    *,
    first: date,
    past: date,
    rates: Rates,
    people: Mapping[str, Collection[int]],
    by_territory: bool = False,
) -> Iterator[Happened]:
    """Events of some kinds on days of [first, past), some thousand deals at a time; last those without a deal.

    people: by kind, ids of those who may be credited: what happened without a deal is read where it names one of them.
    by_territory: whether somebody asks who covers the accounts' territories.
    """
    rows: dict[int, list[tuple[str, MoneyFact]]] = defaultdict(list)
    for kind in sorted(kinds & _FACTS.keys()):
        for row in facts.rows(_FACTS[kind], first=first, until=past):
            rows[row.deal_id].append((kind, row))
    if RENEWAL in kinds:
        _add_renewals(rows, first, past)
    deal_ids = sorted(rows)
    for start in range(0, len(deal_ids), DEALS_AT_ONCE):
        chosen = deal_ids[start : start + DEALS_AT_ONCE]
        span = (first, past) if by_territory else None
        yield _of_deals({one: rows.pop(one) for one in chosen}, rates, span)
    alone = Happened([], {})
    for kind in sorted(kinds & _OTHERS.keys()):
        for event, source in _OTHERS[kind](first, past, rates, people[kind]):
            alone.events.append(event)
            alone.sources[event.name] = source
    yield alone


def _add_renewals(rows: dict[int, list[tuple[str, MoneyFact]]], first: date, past: date) -> None:
    """Bookings of deals that renew a contract."""
    renewing = set(Contract.objects.filter(renewal_deal__isnull=False).values_list("renewal_deal_id", flat=True))
    for row in facts.rows(FactKind.BOOKING, first=first, until=past):
        if row.deal_id in renewing:
            rows[row.deal_id].append((RENEWAL, row))


def _of_deals(
    rows: Mapping[int, Sequence[tuple[str, MoneyFact]]], rates: Rates, span: tuple[date, date] | None
) -> Happened:
    """span: of which days to say who covers the accounts' territories; None: of none."""
    deals, returned = deals_with_people(rows.keys()), _keys_taken_back(rows)
    around = around_of(deals.values(), span)
    products = dict(Product.objects.values_list("pk", "name"))
    found = Happened([], {})
    for deal_id, told in rows.items():
        parts = Counter((kind, row.record_id) for kind, row in told)
        seen: Counter[tuple[str, int]] = Counter()
        for kind, row in told:
            seen[kind, row.record_id] += 1
            line = seen[kind, row.record_id] if parts[kind, row.record_id] > 1 else 0
            deal, product = deals[deal_id], products.get(row.product_id or 0, "")
            event = event_of(kind, row, line, deal, product, rates)
            event = replace(event, returns=returned[row.record_id]) if kind == c.RETURN else event
            found.events.append(around.told(event, deal))
            found.sources[event.name] = Source(kind, row.record_id, deal_id, row.currency)
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """Who covers the accounts of deals, where somebody asks for it, and who keeps a share of them."""

    kept: Kept
    covers: Covers | None

    def told(self, event: Event, deal: Opportunity) -> Event:
        if self.covers is not None:
            event = replace(event, covers=_named(self.covers.on(deal.account_id, event.on)))
        shares = self.kept.shares(deal.account_id, deal.pk, event.on)
        return replace(event, kept=_named(shares)) if shares else event


def around_of(deals: Collection[Opportunity], span: tuple[date, date] | None) -> Around:
    """span: the days [first, past) on which territories are asked for; None: on none."""
    accounts = {one.account_id for one in deals if one.account_id}
    return Around(kept_shares(deals), covers_of(accounts, *span) if span else None)


def _named[What](people: Iterable[tuple[int, What]]) -> tuple[tuple[str, What], ...]:
    return tuple((str(person), what) for person, what in people)


def event_of(kind: str, row: MoneyFact, line: int, deal: Opportunity, product: str, rates: Rates) -> Event:
    return Event(
        kind=kind, key=row.key, on=row.on, amount_minor=row.amount_minor, currency=row.currency, line=line,
        margin_minor=row.margin_minor, deal=deal.number, product=product, account=str(deal.account or ""),
        owner=str(deal.owner_id or ""), splits=_splits(deal),
        team=tuple((str(one.person_id), one.part) for one in deal.team.all()),
        fx=rates.of(row.currency, row.on), fields=_fields(deal),
    )  # fmt: skip


def deals_with_people(ids: Iterable[int]) -> dict[int, Opportunity]:
    found = Opportunity.objects.filter(pk__in=list(ids)).select_related("account", "stage")
    return {deal.pk: deal for deal in found.prefetch_related("splits", "team")}


def _splits(deal: Opportunity) -> tuple[Split, ...]:
    kinds = {SplitKind.REVENUE: REVENUE, SplitKind.OVERLAY: OVERLAY}
    return tuple(
        Split(str(one.person_id), kinds[SplitKind(one.kind)], Fraction(one.percent) / 100) for one in deal.splits.all()
    )


def _fields(deal: Opportunity) -> dict[str, str]:
    """What clauses and formulas may ask of a deal: its type, source and term, its account's segment, own fields."""
    account = deal.account
    own = {str(name): str(value) for name, value in (deal.custom or {}).items() if value is not None}
    return own | {
        "type": deal.type,
        "source_of_deal": deal.source,
        "term_months": str(deal.term_months or ""),
        "segment": account.segment if account else "",
        "industry": account.industry if account else "",
        "country": account.country if account else "",
    }


def _keys_taken_back(rows: Mapping[int, Sequence[tuple[str, MoneyFact]]]) -> dict[int, str]:
    """The key of the order that each return takes back."""
    ids = [row.record_id for told in rows.values() for kind, row in told if kind == c.RETURN]
    found = Return.objects.filter(pk__in=ids).select_related("order_line__order")
    return {one.pk: one.order_line.order.external_id or one.order_line.order.number for one in found}


type _Reading = Callable[[date, date, Rates, Collection[int]], Iterator[tuple[Event, Source]]]


def _activities(first: date, past: date, rates: Rates, people: Collection[int]) -> Iterator[tuple[Event, Source]]:
    """Meetings and calls that were held, for their owner."""
    zone = the_company().zone
    since, until = (datetime.combine(day, time.min, zone) for day in (first, past))
    rows = Activity.objects.filter(
        archived_at=None, owner__in=people, happened_at__gte=since, happened_at__lt=until, kind__in=HELD
    ).select_related("account")
    for one in rows.order_by("happened_at", "pk"):
        assert one.happened_at is not None
        deal = f"OPP-{one.subject_id}" if one.subject_kind == "opportunity" else ""
        event = Event(
            kind=c.ACTIVITY, key=one.external_id or f"ACT-{one.pk}", on=one.happened_at.astimezone(zone).date(),
            amount_minor=0, currency=rates.currency, named=str(one.owner_id), deal=deal, account=str(one.account or ""),
            fields={"type": one.kind, "title": one.title},
        )  # fmt: skip
        yield event, Source(c.ACTIVITY, one.pk, one.subject_id if deal else None, rates.currency)


def _leads(first: date, past: date, rates: Rates, people: Collection[int]) -> Iterator[tuple[Event, Source]]:
    """Leads that were accepted, for who had them."""
    rows = Lead.objects.filter(
        archived_at=None, owner__in=people, converted_on__gte=first, converted_on__lt=past
    ).order_by("converted_on", "pk")
    for one in rows:
        assert one.converted_on is not None
        event = Event(
            kind=c.LEAD_ACCEPTED, key=one.external_id or one.number, on=one.converted_on, amount_minor=0,
            currency=rates.currency, named=str(one.owner_id), fields={"type": one.source, "industry": one.industry},
        )  # fmt: skip
        yield event, Source(c.LEAD_ACCEPTED, one.pk, None, rates.currency)


def _pay_events(kind: str) -> _Reading:
    def read(first: date, past: date, rates: Rates, people: Collection[int]) -> Iterator[tuple[Event, Source]]:
        """Milestones or scores that a second person approved."""
        rows = PayEvent.objects.filter(
            kind=kind, state=PayEventState.APPROVED, on__gte=first, on__lt=past, payee__person__in=people
        ).select_related("payee")
        for one in rows.order_by("on", "pk"):
            event = Event(
                kind=kind, key=one.external_id or one.number, on=one.on, currency=rates.currency,
                amount_minor=to_minor(one.amount, rates.currency), named=str(one.payee.person_id),
                fields={"type": one.name},
            )  # fmt: skip
            yield event, Source(kind, one.pk, None, rates.currency)

    return read


def _churns(first: date, past: date, rates: Rates, people: Collection[int]) -> Iterator[tuple[Event, Source]]:
    """What was lost of contracts a year, for the owner of their deal."""
    rows = Churn.objects.filter(lost_on__gte=first, lost_on__lt=past, contract__deal__isnull=False)
    for one in rows.select_related("contract__deal__account").order_by("lost_on", "pk"):
        contract, deal = one.contract, one.contract.deal
        assert deal is not None
        currency = str(contract.currency_id)
        event = Event(
            kind="churn", key=f"CHURN-{one.pk}", on=one.lost_on, amount_minor=to_minor(one.amount, currency),
            currency=currency, deal=deal.number, account=str(deal.account or ""), owner=str(deal.owner_id or ""),
            fx=rates.of(currency, one.lost_on), fields={"type": one.reason},
        )  # fmt: skip
        yield event, Source("churn", one.pk, deal.pk, currency)


_OTHERS: dict[str, _Reading] = {
    c.ACTIVITY: _activities,
    c.LEAD_ACCEPTED: _leads,
    c.MILESTONE: _pay_events(c.MILESTONE),
    c.SCORE: _pay_events(c.SCORE),
    "churn": _churns,
}
