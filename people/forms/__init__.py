from people.forms.persons import LeaveForm, MoveForm, PersonForm, PositionForm, SeatForm, TakerForm, TeamForm
from people.forms.shares import AbsenceForm, ShareForm
from people.forms.sign_in import AccessRulesForm, FirstPasswordForm, InvitePeopleForm
from people.forms.users import OPENS, GrantForm, RolesForm, UserForm

__all__ = [
    "AbsenceForm",
    "AccessRulesForm",
    "FirstPasswordForm",
    "GrantForm",
    "InvitePeopleForm",
    "LeaveForm",
    "MoveForm",
    "OPENS",
    "PersonForm",
    "PositionForm",
    "RolesForm",
    "SeatForm",
    "ShareForm",
    "TakerForm",
    "TeamForm",
    "UserForm",
]
