from people.models.leaving import HandOver
from people.models.pay import PayRules, PersonPay
from people.models.person import Occupancy, Person, Position, PositionTeam, ReportingClosure, ReportingLine, Team
from people.models.shares import Delegation, RecordShare
from people.models.sign_in import AccessRules, Invitation, OpenSession
from people.models.user import RoleGrant, User

__all__ = [
    "AccessRules",
    "Delegation",
    "HandOver",
    "Invitation",
    "Occupancy",
    "OpenSession",
    "PayRules",
    "Person",
    "PersonPay",
    "Position",
    "PositionTeam",
    "RecordShare",
    "ReportingClosure",
    "ReportingLine",
    "RoleGrant",
    "Team",
    "User",
]
