from people.views.persons import (
    person_edit,
    person_leave,
    person_list,
    person_page,
    person_seat,
    position_edit,
    position_list,
    position_page,
    team_edit,
    team_list,
)
from people.views.users import (
    grant_decide,
    user_invite,
    user_list,
    user_new,
    user_page,
    user_sign_in,
)

__all__ = [
    "grant_decide",
    "person_edit",
    "person_leave",
    "person_list",
    "person_page",
    "person_seat",
    "position_edit",
    "position_list",
    "position_page",
    "team_edit",
    "team_list",
    "user_invite",
    "user_list",
    "user_new",
    "user_page",
    "user_sign_in",
]
