"""Roles that open pay, as a table: who asks for whom, who lets it take effect, what it opens, and what is recorded.

A room that shows pay adds its pages to OPENED_BY_FINANCE; the rows about who gets there stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent, Notification
from people.enums import PAY_ROLES, Role
from people.models import RoleGrant, User
from people.services import approve_role, create_user, delegate, end_role, set_active
from tests.small_company import SINCE

DAY = timedelta(days=1)
OPENED_BY_FINANCE = ["core:closing"]
WAITS, REFUSED, HIDDEN, TO_SIGN_IN = "waits", "refused", "hidden", "to sign in"


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def cast(company: Any) -> Callable[[str], User]:
    """cast("finance") is the login of somebody with that role alone; "nobody" has none; "admin 2" is another admin."""
    known: dict[str, User] = {"admin": company.admin.user}

    def play(part: str) -> User:
        if part not in known:
            roles = [] if part == "nobody" else [part.split()[0]]
            address = f"{part.replace(' ', '-')}@example.com"
            known[part] = create_user(email=address, password=None, roles=roles, by=None, on=SINCE)
        return known[part]

    return play


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(User.objects.get(pk=user.pk))
    return client


def ask(by: User | None, user: User, role: str, since: date, until: date | None = None) -> Any:
    sent = {"role": role, "since": since, **({"until": until} if until else {})}
    return client_of(by).post(reverse("people:role_grant", args=[user.pk]), sent)


def decide(by: User | None, grant: RoleGrant, decision: str = "approve") -> Any:
    return client_of(by).post(reverse("people:grant_decide", args=[grant.pk]), {"decision": decision}, follow=True)


def opens(user: User) -> bool:
    """Whether somebody has pay open, and with it every page of finance; the two must say the same."""
    user = User.objects.get(pk=user.pk)
    answers = {client_of(user).get(reverse(name)).status_code for name in OPENED_BY_FINANCE}
    assert answers == ({200} if user.has_role(Role.FINANCE, Role.SALES_OPS) else {404})
    return user.has_role(*PAY_ROLES)


def acts() -> list[tuple[str, Any, str, str, bool]]:
    """(act, who, about whom, role, still waits) of what stands in the audit about roles, oldest first."""
    found = AuditEvent.objects.filter(act__startswith="role.", actor__isnull=False).order_by("id")
    return [(one.act, one.actor, one.subject_label, one.detail["role"], one.detail["pending"]) for one in found]


# --- asking: who, for whom, and what becomes of it --------------------------------------------------------------------

ASKING = [
    # who asks        for whom     answer
    ("anonymous",     "rep",       TO_SIGN_IN),
    ("nobody",        "rep",       HIDDEN),
    ("nobody",        "nobody",    HIDDEN),
    ("rep",           "rep",       HIDDEN),
    ("manager",       "rep",       HIDDEN),
    ("executive",     "rep",       HIDDEN),
    ("executive",     "executive", HIDDEN),
    ("sales_ops",     "rep",       HIDDEN),
    ("sales_ops",     "sales_ops", HIDDEN),
    ("comp_admin",    "rep",       HIDDEN),
    ("comp_admin",    "comp_admin", HIDDEN),
    ("finance",       "rep",       HIDDEN),
    ("finance",       "finance",   HIDDEN),
    ("planner",       "rep",       HIDDEN),
    ("marketing",     "rep",       HIDDEN),
    ("admin",         "rep",       WAITS),
    ("admin",         "sales_ops", WAITS),
    ("admin",         "admin 2",   WAITS),
    ("admin",         "admin",     REFUSED),
]  # fmt: skip


@pytest.mark.parametrize("role", PAY_ROLES)
@pytest.mark.parametrize(("asks", "gets", "answer"), ASKING, ids=[f"{a}-{g}" for a, g, _answer in ASKING])
def test_who_may_ask(cast: Any, today: date, asks: str, gets: str, answer: str, role: str) -> None:
    by, user = (None if asks == "anonymous" else cast(asks)), cast(gets)
    held = user.grants.count()
    given = ask(by, user, role, today)
    statuses = {WAITS: 302, REFUSED: 200, HIDDEN: 404, TO_SIGN_IN: 302}
    assert given.status_code == statuses[answer]
    made = RoleGrant.objects.filter(user=user, role=role, granted_by__isnull=False)
    if answer != WAITS:
        assert not made.exists() and user.grants.count() == held and acts() == []
    if answer == REFUSED:
        assert "Nobody asks for a role that opens pay for themselves" in str(given.context["form"].errors["role"])
    if answer == TO_SIGN_IN:
        assert given["Location"].startswith("/auth/login/")
    if answer == WAITS:
        grant = made.get()
        assert (grant.is_pending, grant.approved_by, grant.granted_by) == (True, None, by)
        assert acts() == [("role.granted", by, str(user), role, True)]
        assert not User.objects.get(pk=user.pk).has_role(role), "while it waits it opens nothing"


@pytest.mark.parametrize("role", PAY_ROLES)
def test_an_admin_gives_themself_none_by_the_page_of_roles_either(cast: Any, role: str) -> None:
    admin = cast("admin")
    answer = client_of(admin).post(admin.get_absolute_url(), {"roles": ["admin", role]})
    assert answer.status_code == 200 and b"for themselves" in answer.content
    assert list(admin.grants.values_list("role", flat=True)) == ["admin"]


def test_only_who_may_decide_is_asked(cast: Any, today: date) -> None:
    second, gets = cast("admin 2"), cast("admin 3")
    for other in ("finance", "comp_admin", "sales_ops", "executive"):
        cast(other)
    ask(cast("admin"), gets, Role.FINANCE, today)
    assert list(Notification.objects.filter(kind="approval").values_list("user", flat=True)) == [second.pk]


# --- the second person ------------------------------------------------------------------------------------------------

IN_FORCE, STILL_WAITS, HIDDEN_STILL = "in force", "still waits", "hidden, still waits"
SECOND = [
    # who approves             answer
    ("anonymous",              HIDDEN_STILL),
    ("nobody",                 HIDDEN_STILL),
    ("rep",                    HIDDEN_STILL),
    ("manager",                HIDDEN_STILL),
    ("executive",              HIDDEN_STILL),
    ("sales_ops",              HIDDEN_STILL),
    ("comp_admin",             HIDDEN_STILL),
    ("finance",                HIDDEN_STILL),
    ("admin",                  STILL_WAITS),   # who asked
    ("admin gets",             STILL_WAITS),   # who gets it, an admin too
    ("admin 2",                IN_FORCE),
    ("executive for admin 2",  IN_FORCE),      # in place of an admin who is away
    ("finance for admin 2",    IN_FORCE),
    ("comp_admin for admin 2", IN_FORCE),
    ("rep for admin 2",        HIDDEN_STILL),  # an absence makes nobody an approver of pay
    ("sales_ops for admin 2",  HIDDEN_STILL),
    ("executive for admin",    HIDDEN_STILL),  # in place of who asked
    ("executive for admin gets", HIDDEN_STILL),  # in place of who gets it
]  # fmt: skip


@pytest.mark.parametrize("role", PAY_ROLES)
@pytest.mark.parametrize(("who", "answer"), SECOND, ids=[who for who, _answer in SECOND])
def test_who_lets_it_take_effect(cast: Any, today: date, who: str, answer: str, role: str) -> None:
    gets, asks = cast("admin gets"), cast("admin")
    ask(asks, gets, role, today)
    grant = RoleGrant.objects.get(user=gets, role=role)
    name, _for, absent = who.partition(" for ")
    by = None if who == "anonymous" else cast(name)
    if absent:
        away = cast(absent)
        delegate(from_user=away, to_user=by, valid_from=today, valid_to=today + DAY, by=away, on=today)  # type: ignore[arg-type]  # -- somebody stands in
    given = decide(by, grant)
    assert (given.status_code == 404) is (answer == HIDDEN_STILL and by is not None)
    grant.refresh_from_db()
    if answer == IN_FORCE:
        label = f"{by} for {cast(absent)}" if absent else str(by)
        assert (grant.is_pending, grant.approved_by, grant.valid_from) == (False, by, today)
        assert AuditEvent.objects.get(act="role.approved").actor_label == label
        assert acts()[-1] == ("role.approved", by, str(gets), role, False)
        assert opens(gets)
    else:
        assert (grant.is_pending, grant.approved_by) == (True, None)
        assert not AuditEvent.objects.filter(act="role.approved").exists()
        assert not opens(gets)
    if answer == STILL_WAITS:
        assert b"A second person has to approve this" in given.content


@pytest.mark.parametrize(
    ("who", "is_gone"),
    [("admin", True), ("admin 2", True), ("admin gets", False), ("finance", False), ("sales_ops", False)],
)
def test_who_declines_it(cast: Any, today: date, who: str, is_gone: bool) -> None:
    """Another admin does; who asked takes it back. It was never in force, and both are recorded."""
    gets = cast("admin gets")
    ask(cast("admin"), gets, Role.FINANCE, today)
    grant = RoleGrant.objects.get(user=gets, role=Role.FINANCE)
    decide(cast(who), grant, "decline")
    assert RoleGrant.objects.filter(pk=grant.pk).exists() is not is_gone
    last = ("role.declined", cast(who), str(gets), "finance", True)
    assert (acts()[-1] == last) is is_gone
    assert not opens(gets)


def test_it_is_decided_once(cast: Any, today: date) -> None:
    gets = cast("rep")
    ask(cast("admin"), gets, Role.FINANCE, today)
    grant = RoleGrant.objects.get(user=gets, role=Role.FINANCE)
    decide(cast("admin 2"), grant)
    for decision in ("approve", "decline"):
        assert b"wait for anybody" in decide(cast("admin 3"), grant, decision).content
    grant.refresh_from_db()
    assert grant.approved_by == cast("admin 2")


# --- days -------------------------------------------------------------------------------------------------------------

DAYS = [
    # first day, last day, approved on   begins   opens today
    (0,          None,     0,            0,       True),
    (0,          0,        0,            0,       True),   # its last day is today
    (-9,         None,     0,            0,       True),   # asked for days ago: begins when it is approved
    (-9,         3,        0,            0,       True),
    (3,          9,        0,            3,       False),  # its days are to come
    (-9,         -1,       0,            None,    False),  # its days were over before anybody approved
    (-9,         -1,       -5,           -5,      False),  # approved, and over since yesterday
]  # fmt: skip


@pytest.mark.parametrize(("first", "last", "approved", "begins", "is_open"), DAYS)
def test_days(cast: Any, today: date, first: int, last: int | None, approved: int, begins: int | None,
              is_open: bool) -> None:  # fmt: skip
    gets, second = cast("rep"), cast("admin 2")
    until = today + (last + 1) * DAY if last is not None else None
    grant = RoleGrant.objects.create(user=gets, role=Role.FINANCE, valid_from=today + first * DAY, valid_to=until,
                                     granted_by=cast("admin"), is_pending=True)  # fmt: skip
    if approved:
        approve_role(grant=grant, by=second, on=today + approved * DAY)
    else:
        answer = decide(second, grant)
        assert (b"days this role was asked for are over" in answer.content) is (begins is None)
    grant.refresh_from_db()
    assert grant.is_pending is (begins is None)
    if begins is not None:
        assert grant.valid_from == today + begins * DAY
    assert opens(gets) is is_open


def test_it_ends_at_once(cast: Any, today: date) -> None:
    gets, admin = cast("rep"), cast("admin")
    ask(admin, gets, Role.FINANCE, today)
    grant = RoleGrant.objects.get(user=gets, role=Role.FINANCE)
    decide(cast("admin 2"), grant)
    assert opens(gets)
    end_role(grant=grant, valid_to=today, by=admin, on=today)
    assert not opens(gets)
    assert acts()[-1] == ("role.ended", admin, str(gets), "finance", False)


# --- what it opens ----------------------------------------------------------------------------------------------------

SEES_PAY = [
    ("nobody", False), ("rep", False), ("manager", False), ("executive", False), ("sales_ops", False),
    ("planner", False), ("marketing", False), ("admin", False), ("comp_admin", True), ("finance", True),
]  # fmt: skip


@pytest.mark.parametrize(("part", "sees"), SEES_PAY)
def test_pay_is_seen_by_its_roles_alone_and_no_admin_by_being_one(cast: Any, part: str, sees: bool) -> None:
    assert opens(cast(part)) is sees
    assert {part for part, _sees in SEES_PAY} == {"nobody", *Role.values}


def test_who_is_shut_out_has_no_role(cast: Any, today: date) -> None:
    finance = cast("finance")
    set_active(user=finance, is_active=False, by=cast("admin"), on=today)
    assert not User.objects.get(pk=finance.pk).has_role(*PAY_ROLES)
