from pipeline.services.activities import finish_task, log_activity, log_on
from pipeline.services.bulk_edits import AlreadyUndone, edit_deals, undo_bulk_edit
from pipeline.services.catalogue import (
    CatalogueError,
    save_competitor,
    save_loss_reason,
    save_product,
    save_stage,
    set_criteria,
    set_price,
)
from pipeline.services.closed_days import DayClosed, DealError
from pipeline.services.deals import (
    DealBlocked,
    DealConflict,
    archive_deals,
    change_deal,
    create_deal,
    restore_deals,
    tick_criterion,
)
from pipeline.services.parts import set_buying_group, set_competitors, set_lines, set_splits, set_team

__all__ = [
    "AlreadyUndone",
    "CatalogueError",
    "DayClosed",
    "DealBlocked",
    "DealConflict",
    "DealError",
    "archive_deals",
    "change_deal",
    "create_deal",
    "edit_deals",
    "finish_task",
    "log_activity",
    "log_on",
    "restore_deals",
    "save_competitor",
    "save_loss_reason",
    "save_product",
    "save_stage",
    "set_buying_group",
    "set_competitors",
    "set_criteria",
    "set_lines",
    "set_price",
    "set_splits",
    "set_team",
    "tick_criterion",
    "undo_bulk_edit",
]
