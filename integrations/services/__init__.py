from integrations.services.asking import (
    ask_for_check,
    ask_for_import,
    ask_for_undo,
    check_by_id,
    fix_and_check,
    import_by_id,
    map_and_check,
    undo_by_id,
)
from integrations.services.exporting import RUN_KIND as EXPORT_RUN
from integrations.services.exporting import (
    ExportRefused,
    ask_for_export,
    export_all,
    export_by_id,
    export_path,
    export_records,
)
from integrations.services.files import ImportRefused, change_mapping, set_mapping, start_import, use_sheet
from integrations.services.importing import check_import, run_import
from integrations.services.proposing import DecisionRefused, accept_proposals, decide, fix_value
from integrations.services.tokens import TokenError, create_token, hash_of, note_use, revoke_token
from integrations.services.undo import UndoRefused, undo_import

__all__ = [
    "EXPORT_RUN",
    "ExportRefused",
    "ask_for_export",
    "export_all",
    "export_by_id",
    "export_path",
    "export_records",
    "DecisionRefused",
    "ImportRefused",
    "TokenError",
    "UndoRefused",
    "accept_proposals",
    "ask_for_check",
    "ask_for_import",
    "ask_for_undo",
    "change_mapping",
    "check_by_id",
    "check_import",
    "create_token",
    "decide",
    "fix_and_check",
    "fix_value",
    "hash_of",
    "map_and_check",
    "note_use",
    "revoke_token",
    "import_by_id",
    "run_import",
    "set_mapping",
    "start_import",
    "undo_by_id",
    "undo_import",
    "use_sheet",
]
