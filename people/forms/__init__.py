from people.forms.persons import LeaveForm, MoveForm, PersonForm, PositionForm, SeatForm, TeamForm
from people.forms.users import RolesForm, UserForm

__all__ = ["LeaveForm", "MoveForm", "PersonForm", "PositionForm", "RolesForm", "SeatForm", "TeamForm", "UserForm"]
