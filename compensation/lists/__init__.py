from compensation.lists.adjustments import ADJUSTMENTS, PAY_EVENTS
from compensation.lists.runs import LEDGER, PERIODS, RESULTS, RUNS, payees_of

__all__ = ["ADJUSTMENTS", "LEDGER", "PAY_EVENTS", "PERIODS", "RESULTS", "RUNS", "payees_of"]
