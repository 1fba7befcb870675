from compensation.api.adjustments import PayAdjustmentsApi, PayEventsApi
from compensation.api.runs import LedgerApi, PayPeriodsApi, PayRunsApi

__all__ = ["LedgerApi", "PayAdjustmentsApi", "PayEventsApi", "PayPeriodsApi", "PayRunsApi"]
