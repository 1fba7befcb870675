from compensation.api.adjustments import PayAdjustmentsApi, PayEventsApi
from compensation.api.disputes import DisputesApi
from compensation.api.leaderboards import LeaderboardsApi
from compensation.api.runs import LedgerApi, PayPeriodsApi, PayRunsApi
from compensation.api.statements import StatementsApi

__all__ = [
    "DisputesApi",
    "LeaderboardsApi",
    "LedgerApi",
    "PayAdjustmentsApi",
    "PayEventsApi",
    "PayPeriodsApi",
    "PayRunsApi",
    "StatementsApi",
]
