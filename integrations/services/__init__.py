from integrations.services.files import ImportRefused, set_mapping, start_import, use_sheet
from integrations.services.importing import accept_proposals, check_import, decide, run_import
from integrations.services.undo import UndoRefused, undo_import

__all__ = [
    "ImportRefused",
    "UndoRefused",
    "accept_proposals",
    "check_import",
    "decide",
    "run_import",
    "set_mapping",
    "start_import",
    "undo_import",
    "use_sheet",
]
