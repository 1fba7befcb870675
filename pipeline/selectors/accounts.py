"""What deals and activities say about an account: its figures, its people, its family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from accounts.policies import visible_accounts, visible_contacts
from core import registry
from core.kernel.access import SignedIn
from pipeline.enums import ActivityKind, Status
from pipeline.models import Activity, Finding, Opportunity, OpportunityContact
from pipeline.policies import visible_opportunities
from pipeline.selectors.activities import lines_of
from pipeline.selectors.hygiene import reason_of, standing_for

Sums = list[tuple[str, Decimal]]
MOST_LEVELS, MOST_MEMBERS = 12, 300


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """Key figures of an account, of what the person may see: sums by currency, counts, and the last that was done."""

    won: Sums
    won_count: int
    won_since: date | None
    open: Sums
    open_count: int
    next_close: date | None
    last: Activity | None
    last_at: datetime | None
    tasks: int
    overdue: int
    findings: int


def figures_of(user: SignedIn, account: Account, as_of: date) -> AccountFigures:
    """Seven queries, however many deals."""
    deals = visible_opportunities(user, as_of).filter(account=account)
    counts = deals.aggregate(
        won=Count("pk", filter=Q(status=Status.WON)),
        open=Count("pk", filter=Q(status=Status.OPEN)),
        next_close=Min("expected_close_on", filter=Q(status=Status.OPEN)),
    )
    done = lines_of(user, "account", account, as_of).rows
    last = done.filter(happened_at__isnull=False).select_related("owner").order_by("-happened_at", "-pk").first()
    waiting = done.filter(kind=ActivityKind.TASK, done_at=None)
    tasks = waiting.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=as_of)))
    return AccountFigures(
        won=_sums(deals.filter(status=Status.WON)),
        won_count=counts["won"],
        won_since=deals.filter(status=Status.WON).order_by("closed_on").values_list("closed_on", flat=True).first(),
        open=_sums(deals.filter(status=Status.OPEN)),
        open_count=counts["open"],
        next_close=counts["next_close"],
        last=last,
        last_at=last.happened_at if last else None,
        tasks=tasks["all"],
        overdue=tasks["late"],
        findings=len(findings_on(user, "account", account.pk, as_of)),
    )


def _sums(deals: QuerySet[Opportunity]) -> Sums:
    found = deals.order_by().values_list("currency_id").annotate(total=Sum("amount")).order_by("currency_id")
    return [(str(currency), total) for currency, total in found if total is not None]


@dataclass(frozen=True, slots=True)
class AccountContact:
    """A person at the account, the open deals they are in, and when they were last spoken with."""

    contact: Contact
    deals: list[Opportunity]
    last_at: datetime | None


def contacts_of(user: SignedIn, account: Account, as_of: date, *, shown: int = 50) -> tuple[list[AccountContact], int]:
    """People at an account, of those one may see, with a part in buying first; and how many there are. Four queries."""
    visible = visible_contacts(user, as_of).filter(account=account)
    people = list(visible.order_by(Coalesce("persona", "name"), "name", "pk")[:shown])
    people.sort(key=lambda one: (not one.persona, one.name.casefold(), one.pk))
    ids = [one.pk for one in people]
    deals = _open_deals_of(user, ids, as_of)
    last = dict(
        Activity.objects.filter(subject_kind="contact", subject_id__in=ids, archived_at=None, happened_at__isnull=False)
        .order_by()
        .values_list("subject_id")
        .annotate(at=Max("happened_at"))
        .values_list("subject_id", "at")
    )
    return [AccountContact(one, deals.get(one.pk, []), last.get(one.pk)) for one in people], visible.count()


def _open_deals_of(user: SignedIn, contact_ids: Iterable[int], as_of: date) -> dict[int, list[Opportunity]]:
    seen = visible_opportunities(user, as_of).filter(status=Status.OPEN)
    parts = OpportunityContact.objects.filter(contact__in=list(contact_ids), opportunity__in=seen)
    found: dict[int, list[Opportunity]] = {}
    for part in parts.select_related("opportunity").order_by("opportunity__expected_close_on", "opportunity_id"):
        found.setdefault(part.contact_id, []).append(part.opportunity)
    return found


@dataclass(slots=True)
class FamilyMember:
    """An account of a family: how deep it stands, what it holds itself (own) and with all below it (total).

    own and total: currency -> (open, won), over the deals that the person may see.
    """

    account: Account
    level: int
    is_this: bool
    own: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    total: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def open(self) -> Sums:
        return [(currency, pair[0]) for currency, pair in sorted(self.total.items()) if pair[0]]

    @property
    def won(self) -> Sums:
        return [(currency, pair[1]) for currency, pair in sorted(self.total.items()) if pair[1]]


@dataclass(frozen=True, slots=True)
class Family:
    """Accounts of one hierarchy that the person may see, from the top down; empty for one that stands alone."""

    members: list[FamilyMember]
    is_cut: bool = False

    @property
    def top(self) -> FamilyMember | None:
        return self.members[0] if self.members else None


def family_of(user: SignedIn, account: Account, as_of: date) -> Family:
    """The family of an account with sums of its visible deals; three queries, however large.

    Who isn't visible is left out, and so is what hangs only on them: names of strangers' accounts aren't told.
    """
    ids = _family_ids(account.pk)
    rows = (
        visible_accounts(user, as_of, with_archived=True)
        .filter(pk__in=ids)
        .exclude(Q(archived_at__isnull=False) & ~Q(pk=account.pk))
    )
    seen = {row.pk: row for row in rows.order_by("name", "pk")[: MOST_MEMBERS + 1]}
    if len(seen) < 2 or account.pk not in seen:
        return Family([])
    members = _tree(seen, account)
    _add_sums(members, seen, user, as_of)
    return Family(members[:MOST_MEMBERS], len(seen) > MOST_MEMBERS)


def _family_ids(account_id: int) -> list[int]:
    """Everybody above an account, and everybody below its top; a circle ends itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE above AS (
                 SELECT id, parent_id, 0 AS far FROM accounts_account WHERE id = %(id)s
                 UNION SELECT p.id, p.parent_id, a.far + 1 FROM above a JOIN accounts_account p ON p.id = a.parent_id
                 WHERE a.far < %(most)s),
               top AS (SELECT id FROM above ORDER BY far DESC LIMIT 1),
               below AS (
                 SELECT id, 0 AS far FROM top
                 UNION SELECT c.id, b.far + 1 FROM below b JOIN accounts_account c ON c.parent_id = b.id
                 WHERE b.far < 2 * %(most)s)
               SELECT DISTINCT id FROM below LIMIT 5000""",
            {"id": account_id, "most": MOST_LEVELS},
        )
        return [pk for (pk,) in cursor.fetchall()]


def _tree(seen: dict[int, Account], account: Account) -> list[FamilyMember]:
    """The visible accounts in the order of the tree; one whose parent isn't seen stands at the top of what is."""
    below: dict[int | None, list[Account]] = {}
    for row in seen.values():
        below.setdefault(row.parent_id if row.parent_id in seen else None, []).append(row)
    root = account
    while root.parent_id in seen and root.parent_id is not None:
        root = seen[root.parent_id]
    members: list[FamilyMember] = []
    waiting = [(root, 0)]
    while waiting:
        row, level = waiting.pop()
        members.append(FamilyMember(row, level, row.pk == account.pk))
        waiting += [(child, level + 1) for child in reversed(below.get(row.pk, []))]
    return members if len(members) > 1 else []


def _add_sums(members: Sequence[FamilyMember], seen: dict[int, Account], user: SignedIn, as_of: date) -> None:
    by_id = {one.account.pk: one for one in members}
    deals = visible_opportunities(user, as_of).filter(account__in=by_id, status__in=[Status.OPEN, Status.WON])
    sums = deals.order_by().values_list("account", "currency_id", "status").annotate(total=Sum("amount"))
    for account_id, currency, status, total in sums:
        if total is None or account_id is None:
            continue
        mine = by_id[account_id].own
        was = mine.get(str(currency), (Decimal(0), Decimal(0)))
        mine[str(currency)] = (was[0] + total, was[1]) if status == Status.OPEN else (was[0], was[1] + total)
    for one in reversed(members):  # children stand after their parents, so each is whole when its parent takes it
        _take(one.total, one.own)
        parent = by_id.get(one.account.parent_id or 0)
        if parent is not None and parent is not one:
            _take(parent.total, one.total)


def _take(into: dict[str, tuple[Decimal, Decimal]], more: dict[str, tuple[Decimal, Decimal]]) -> None:
    for currency, (open_sum, won_sum) in more.items():
        was = into.get(currency, (Decimal(0), Decimal(0)))
        into[currency] = (was[0] + open_sum, was[1] + won_sum)


def deals_of_contact(user: SignedIn, contact: Contact, as_of: date, *, shown: int = 20) -> list[Any]:
    """The parts of a contact in deals the person may see, open ones first."""
    seen = visible_opportunities(user, as_of)
    parts = OpportunityContact.objects.filter(contact=contact, opportunity__in=seen)
    parts = parts.select_related("opportunity", "opportunity__stage").order_by("-opportunity_id")
    return sorted(parts[:shown], key=lambda part: part.opportunity.status != Status.OPEN)


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """What a check found on a record, in words, and what mends it."""

    label: str
    reason: str
    severity: str
    since: date
    act: str


def findings_on(user: SignedIn, kind: str, record_id: int, as_of: date) -> list[RecordFinding]:
    """What stands against a record the person may see. Of a twin out of sight only is told that there is one."""
    standing = standing_for(user, as_of, kinds=[kind]).filter(subject_kind=kind, subject_id=record_id)
    rows = list(standing.select_related("rule").order_by("rule__position", "pk"))
    twins = {row.fact.get("of") for row in rows} - {None}
    known = registry.record_kinds[kind]
    seen = set(known.visible(user, as_of).filter(pk__in=twins).values_list("pk", flat=True)) if twins else set()
    return [_finding(row, row.fact.get("of") in seen or "of" not in row.fact, as_of) for row in rows]


def _finding(row: Finding, may_tell: bool, as_of: date) -> RecordFinding:
    check = registry.hygiene_checks.find(row.rule.key)
    reason = reason_of(row, as_of) if may_tell else _("May be the same as a record you can't see")
    act = str(check.owner_action) if check else ""
    return RecordFinding(row.rule.label, reason, row.rule.severity, row.found_on, act)
