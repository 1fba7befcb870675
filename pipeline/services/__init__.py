from pipeline.services.deals import (
    DealConflict,
    DealError,
    archive_deals,
    change_deal,
    create_deal,
    log_activity,
    tick_criterion,
)

__all__ = [
    "DealConflict",
    "DealError",
    "archive_deals",
    "change_deal",
    "create_deal",
    "log_activity",
    "tick_criterion",
]
