from __future__ import annotations

from core.kernel.access import SignedIn
from people.enums import PAY_ROLES, Role


def may_manage_people(user: SignedIn) -> bool:
    """Sales ops and admins keep people, seats and lines."""
    return user.has_role("sales_ops", "admin")


def may_manage_users(user: SignedIn) -> bool:
    return user.has_role("admin")


def may_see_people(user: SignedIn) -> bool:
    """Everyone with a role in sales; each sees their own line, those who keep people or their pay see all."""
    return user.has_role("rep", "manager", "executive", "sales_ops", "comp_admin", "finance", "admin")


def sees_everyone(user: SignedIn) -> bool:
    """Who finds every person, with name and seat: who keeps people, and who keeps their pay."""
    return may_manage_people(user) or may_set_pay(user)


def sees_all_pay(user: SignedIn) -> bool:
    """Comp admins and finance, whose role a second person approved. Nobody by being an admin, executive or boss."""
    return user.has_role(*PAY_ROLES)


def may_set_pay(user: SignedIn) -> bool:
    """Comp admins; not of themselves, which the services refuse."""
    return user.has_role(Role.COMP_ADMIN)


def may_share_records(user: SignedIn) -> bool:
    """Who works with records at all, and so may be asked with whom to share one."""
    return user.has_role("rep", "manager", "sales_ops", "marketing")


def may_approve_in_place(user: SignedIn) -> bool:
    """Who may decide on a pay role in place of an admin who is away.

    An absence may be handed to anybody, but a role that opens pay needs somebody who carries a share of that trust
    already; a rep can't be made to let somebody see earnings.
    """
    return user.has_role("admin", "executive", "comp_admin", "finance")
