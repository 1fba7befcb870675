from people.services.lines import LineError, occupy, place, rebuild_closure, report_to, seat, vacate
from people.services.persons import leave, save_person
from people.services.seats import give_seat, move_seat, save_position, save_team
from people.services.users import (
    UserError,
    approve_role,
    change_user,
    create_user,
    decline_role,
    link_person,
    set_active,
    set_roles,
)

__all__ = [
    "LineError",
    "UserError",
    "approve_role",
    "change_user",
    "create_user",
    "decline_role",
    "give_seat",
    "leave",
    "link_person",
    "move_seat",
    "occupy",
    "place",
    "rebuild_closure",
    "report_to",
    "save_person",
    "save_position",
    "save_team",
    "seat",
    "set_active",
    "set_roles",
    "vacate",
]
