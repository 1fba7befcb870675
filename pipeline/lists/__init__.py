"""What the list pages of this room show."""

from pipeline.lists.activities import ACTIVITIES
from pipeline.lists.catalogue import COMPETITORS, LOSS_REASONS, PRODUCTS, STAGES
from pipeline.lists.deals import BULK_EDITS, OPPORTUNITIES, deal_acts
from pipeline.lists.hygiene import ASKS, DISMISSED, FAILING_DEALS, RULES, findings_of

__all__ = [
    "ACTIVITIES",
    "ASKS",
    "BULK_EDITS",
    "COMPETITORS",
    "DISMISSED",
    "FAILING_DEALS",
    "LOSS_REASONS",
    "OPPORTUNITIES",
    "PRODUCTS",
    "RULES",
    "STAGES",
    "deal_acts",
    "findings_of",
]
