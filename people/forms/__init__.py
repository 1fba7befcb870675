from people.forms.persons import LeaveForm, MoveForm, PersonForm, PositionForm, SeatForm, TeamForm
from people.forms.shares import AbsenceForm, ShareForm
from people.forms.users import OPENS, GrantForm, RolesForm, UserForm

__all__ = [
    "OPENS",
    "AbsenceForm",
    "GrantForm",
    "LeaveForm",
    "MoveForm",
    "PersonForm",
    "PositionForm",
    "RolesForm",
    "SeatForm",
    "ShareForm",
    "TeamForm",
    "UserForm",
]
