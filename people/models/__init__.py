from people.models.person import Occupancy, Person, Position, PositionTeam, ReportingClosure, ReportingLine, Team
from people.models.user import RoleGrant, User

__all__ = [
    "Occupancy",
    "Person",
    "Position",
    "PositionTeam",
    "ReportingClosure",
    "ReportingLine",
    "RoleGrant",
    "Team",
    "User",
]
