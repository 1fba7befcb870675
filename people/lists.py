"""The lists of people, positions and users."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tables import Act, Column, Table
from people.filters import InvitationFilter, PayFilter, PersonFilter
from people.models import Invitation, Person, Position, User
from people.policies import may_manage_people, may_manage_users, may_see_people
from people.selectors import (
    invitations_for,
    may_see_any_pay,
    pay_for,
    people_with_seats,
    positions_with_holders,
    teams_for,
    users_for,
)


def _seat(person: Person) -> Any:
    return next(iter(person.today_seats), None)  # type: ignore[attr-defined]  # -- a prefetch


def _placement(person: Person) -> Any:
    seat = _seat(person)
    return next(iter(seat.position.today_placements), None) if seat else None


def _team(person: Person) -> str | None:
    placement = _placement(person)
    return placement.team.name if placement and placement.team.kind == "team" else None


def _region(person: Person) -> str | None:
    placement = _placement(person)
    if placement is None:
        return None
    team = placement.team
    return team.name if team.kind == "region" else team.parent.name if team.parent else None


def _boss(person: Person) -> str | None:
    seat = _seat(person)
    line = next(iter(seat.position.today_lines), None) if seat else None
    holder = next(iter(line.reports_to.occupancies.all()), None) if line else None
    if line and not holder:
        return f"{line.reports_to.title} ({_('vacant')})"
    return holder.person.name if holder else None


def _holder(position: Position) -> str | None:
    return next((seat.person.name for seat in position.today_holders), None)  # type: ignore[attr-defined]  # -- a prefetch


def _roles(user: User) -> str:
    held = [grant for grant in user.grants.all() if grant.valid_to is None]
    waits = _("waits for approval")
    return ", ".join(f"{grant.get_role_display()}{f' ({waits})' if grant.is_pending else ''}" for grant in held)


PEOPLE = Table(
    key="people",
    title=_("People"),
    rows=people_with_seats,
    may_see=may_see_people,
    search=lambda rows, text: rows.filter(Q(name__icontains=text) | Q(email__icontains=text)),
    filterset=PersonFilter,
    presets=((_("Without a seat"), "seat=none"), (_("Left"), "seat=left")),
    default_sort="name",
    columns=(
        Column("name", _("Name"), lambda p: p.name, sort="name", is_link=True),
        Column("title", _("Position"), lambda p: _seat(p).position.title if _seat(p) else None),
        Column("manager", _("Reports to"), _boss, hide_sm=True),
        Column("team", _("Team"), _team, hide_sm=True),
        Column("region", _("Region"), _region),
        Column("email", _("E-mail"), lambda p: p.email, hide_sm=True),
        Column("external_id", _("External ID"), lambda p: p.external_id, is_hidden=True),
        Column("hired", _("Hired"), lambda p: p.hired_on, kind="date", sort="hired_on", is_hidden=True),
        Column("left", _("Left"), lambda p: p.left_on, kind="date", sort="left_on", is_hidden=True),
    ),
    empty_title=_("Nobody yet"),
    empty_reason=_("Import your sales team: names, managers and regions are enough."),
)
PAY = Table(
    key="pay",
    title=_("Pay"),
    rows=pay_for,
    may_see=may_see_any_pay,
    search=lambda rows, text: rows.filter(person__name__icontains=text),
    filterset=PayFilter,
    presets=((_("In force"), "state=now"), (_("To come"), "state=later")),
    default_sort="person",
    columns=(
        Column("person", _("Person"), lambda p: p.person.name, sort="person__name", is_link=True),
        Column("from", _("From"), lambda p: p.valid_from, kind="date", sort="valid_from"),
        Column("to", _("First day after"), lambda p: p.valid_to, kind="date", sort="valid_to", hide_sm=True),
        Column("external_id", _("External ID"), lambda p: p.external_id, is_hidden=True),
        Column("currency", _("Currency"), lambda p: p.currency_id, is_hidden=True),
        Column("ote", _("On-target earnings"), lambda p: p.ote, kind="money", sort="ote"),
        Column("variable", _("Variable pay"), lambda p: p.variable, kind="money", sort="variable", hide_sm=True),
        Column("mix", _("Variable, %"), lambda p: p.variable_pct, kind="percent", hide_sm=True),
    ),
    empty_title=_("No pay yet"),
    empty_reason=_("On-target earnings and pay mix of each person, from a day on. Only who may see pay finds it here."),
)
POSITIONS = Table(
    key="positions",
    title=_("Positions"),
    rows=positions_with_holders,
    may_see=may_manage_people,
    search=lambda rows, text: rows.filter(title__icontains=text),
    default_sort="title",
    columns=(
        Column("title", _("Position"), lambda p: p.title, sort="title", is_link=True),
        Column("holder", _("Held by"), _holder),
        Column(
            "boss", _("Reports to"), lambda p: next((x.reports_to.title for x in p.today_lines), None), hide_sm=True
        ),
        Column("team", _("Team"), lambda p: next((x.team.name for x in p.today_placements), None), hide_sm=True),
        Column("leads", _("Leads people"), lambda p: _("Yes") if p.is_manager else None, hide_sm=True),
    ),
    empty_title=_("No position yet"),
    empty_reason=_("Positions are made with the people you import, or by hand."),
)
TEAMS = Table(
    key="teams",
    title=_("Regions and teams"),
    rows=teams_for,
    may_see=may_manage_people,
    default_sort="name",
    columns=(
        Column("name", _("Name"), lambda t: t.name, sort="name", is_link=True),
        Column("kind", _("Kind"), lambda t: t.get_kind_display(), kind="tag"),
        Column("region", _("Region"), lambda t: t.parent.name if t.parent else None, hide_sm=True),
        Column("seats", _("Seats"), lambda t: t.seat_count, kind="number"),
    ),
    empty_title=_("No region yet"),
    empty_reason=_("Regions and teams come with the people you import, or are made here."),
)
USERS = Table(
    key="users",
    title=_("Users and roles"),
    rows=lambda user, as_of: users_for(user),
    may_see=may_manage_users,
    search=lambda rows, text: rows.filter(Q(email__icontains=text) | Q(person__name__icontains=text)),
    default_sort="email",
    columns=(
        Column("email", _("E-mail"), lambda u: u.email, sort="email", is_link=True),
        Column("person", _("Person"), lambda u: u.person_or_none and u.person.name),
        Column("roles", _("Roles"), _roles),
        Column(
            "active",
            _("Sign-in"),
            lambda u: _("May sign in") if u.is_active else _("Shut out"),
            kind="tag",
            tone=lambda u: "good" if u.is_active else "warn",
            icon=lambda u: "check" if u.is_active else "lock",
        ),
        Column("last", _("Last signed in"), lambda u: u.last_login, kind="datetime", sort="last_login", hide_sm=True),
    ),
    empty_title=_("No user yet"),
    empty_reason=_("Add the first user."),
)


def _state(row: Invitation) -> Any:
    if row.accepted_at:
        return _("Taken")
    if row.revoked_at:
        return _("Taken back")
    if row.sent_at is None:
        return _("On its way")
    return _("Over") if row.is_over else _("Waits")  # type: ignore[attr-defined]  # -- annotated


def _tone(row: Invitation) -> str:
    if row.accepted_at:
        return "good"
    return "warn" if row.revoked_at or row.is_over else "acc"  # type: ignore[attr-defined]  # -- annotated


def _offer(name: str, label: Any, icon: str) -> Any:
    def act(row: Invitation) -> Act | None:
        return None if row.accepted_at or row.revoked_at else Act(label, name, row.pk, icon)

    return act


INVITATIONS = Table(
    key="invitations",
    title=_("Invitations"),
    rows=lambda user, as_of: invitations_for(user),
    may_see=may_manage_users,
    filterset=InvitationFilter,
    search=lambda rows, text: rows.filter(Q(user__email__icontains=text) | Q(user__person__name__icontains=text)),
    presets=((_("Waiting"), "state=waits"), (_("Over"), "state=over")),
    columns=(
        Column("email", _("E-mail"), lambda i: i.user.email, sub=lambda i: i.user.person_or_none or ""),
        Column("state", _("State"), _state, kind="tag", tone=_tone),
        Column("by", _("Invited by"), lambda i: str(i.invited_by or "Salesops"), hide_sm=True),
        Column("sent", _("Sent"), lambda i: i.sent_at, kind="datetime", hide_sm=True),
        Column("until", _("Holds until"), lambda i: i.expires_at, kind="datetime", hide_sm=True),
        Column("times", _("Times sent"), lambda i: i.times_sent, kind="number", is_hidden=True),
        Column("resend", _("Again"), _offer("resend", _("Send again"), "mail-forward"), kind="act"),
        Column("revoke", _("Back"), _offer("revoke", _("Take back"), "x"), kind="act"),
    ),
    empty_title=_("Nobody invited yet"),
    empty_reason=_("Add a user without a first password, or invite people who have an e-mail and no login."),
)
