from people.services.lines import LineError, occupy, place, rebuild_closure, report_to, seat, seats_of, vacate
from people.services.persons import leave, save_person
from people.services.users import UserError, create_user, set_roles

__all__ = [
    "LineError",
    "UserError",
    "create_user",
    "leave",
    "occupy",
    "place",
    "rebuild_closure",
    "report_to",
    "save_person",
    "seat",
    "seats_of",
    "set_roles",
    "vacate",
]
