from compensation.lists.adjustments import ADJUSTMENTS, HOLDS, PAY_EVENTS
from compensation.lists.runs import LEDGER, PERIODS, RESULTS, RUNS, payees_of

__all__ = ["ADJUSTMENTS", "HOLDS", "LEDGER", "PAY_EVENTS", "PERIODS", "RESULTS", "RUNS", "payees_of"]
