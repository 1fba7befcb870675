from people.models.person import Occupancy, Person, Position, PositionTeam, ReportingClosure, ReportingLine, Team
from people.models.shares import Delegation, RecordShare
from people.models.user import RoleGrant, User

__all__ = [
    "Delegation",
    "Occupancy",
    "Person",
    "Position",
    "PositionTeam",
    "RecordShare",
    "ReportingClosure",
    "ReportingLine",
    "RoleGrant",
    "Team",
    "User",
]
