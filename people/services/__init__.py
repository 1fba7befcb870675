from people.services.delegations import DelegationError, delegate, resume_delegation, stop_delegation
from people.services.lines import LineError, occupy, place, rebuild_closure, report_to, seat, vacate
from people.services.persons import leave, save_person
from people.services.seats import give_seat, move_seat, save_position, save_team
from people.services.shares import ShareError, resume_share, share_record, stop_share
from people.services.users import (
    UserError,
    approve_role,
    change_user,
    create_user,
    decline_role,
    end_role,
    grant_role,
    link_person,
    set_active,
    set_roles,
)

__all__ = [
    "DelegationError",
    "LineError",
    "ShareError",
    "UserError",
    "approve_role",
    "change_user",
    "create_user",
    "decline_role",
    "end_role",
    "grant_role",
    "delegate",
    "give_seat",
    "leave",
    "link_person",
    "move_seat",
    "occupy",
    "place",
    "rebuild_closure",
    "report_to",
    "resume_delegation",
    "resume_share",
    "save_person",
    "save_position",
    "save_team",
    "seat",
    "set_active",
    "set_roles",
    "share_record",
    "stop_delegation",
    "stop_share",
    "vacate",
]
