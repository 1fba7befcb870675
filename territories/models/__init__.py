from territories.models.planned import PlannedCoverage, PlannedPlacement
from territories.models.rules import AssignmentRule, RuleSet
from territories.models.territories import AccountTerritory, Territory, TerritoryAssignment
from territories.models.transitions import Transition, TransitionShare

__all__ = [
    "AccountTerritory",
    "AssignmentRule",
    "PlannedCoverage",
    "PlannedPlacement",
    "RuleSet",
    "Territory",
    "TerritoryAssignment",
    "Transition",
    "TransitionShare",
]
