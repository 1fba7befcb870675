from people.forms.pay import EndPayForm, PayForm, PayRulesForm
from people.forms.persons import LeaveForm, MoveForm, PersonForm, PositionForm, SeatForm, TakerForm, TeamForm
from people.forms.shares import AbsenceForm, ShareForm
from people.forms.sign_in import AccessRulesForm, FirstPasswordForm, InvitePeopleForm
from people.forms.users import OPENS, GrantForm, RolesForm, UserForm

__all__ = [
    "AbsenceForm",
    "AccessRulesForm",
    "EndPayForm",
    "FirstPasswordForm",
    "GrantForm",
    "InvitePeopleForm",
    "LeaveForm",
    "MoveForm",
    "OPENS",
    "PayForm",
    "PayRulesForm",
    "PersonForm",
    "PositionForm",
    "RolesForm",
    "SeatForm",
    "ShareForm",
    "TakerForm",
    "TeamForm",
    "UserForm",
]
