from territories.services.coverage import assign_position, end_assignment, end_placement, place_account
from territories.services.errors import DayClosed, TerritoryConflict, TerritoryError
from territories.services.territories import archive_territories, restore_territories, save_territory
from territories.services.transitions import end_transition, keep_share

__all__ = [
    "DayClosed",
    "TerritoryConflict",
    "TerritoryError",
    "archive_territories",
    "assign_position",
    "end_assignment",
    "end_placement",
    "end_transition",
    "keep_share",
    "place_account",
    "restore_territories",
    "save_territory",
]
