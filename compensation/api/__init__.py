from compensation.api.accounting import AccountingMonthsApi, ContractCostsApi, JournalApi
from compensation.api.adjustments import PayAdjustmentsApi, PayEventsApi
from compensation.api.disputes import DisputesApi
from compensation.api.leaderboards import LeaderboardsApi
from compensation.api.runs import LedgerApi, PayPeriodsApi, PayRunsApi
from compensation.api.statements import StatementsApi

__all__ = [
    "AccountingMonthsApi",
    "ContractCostsApi",
    "DisputesApi",
    "LeaderboardsApi",
    "JournalApi",
    "LedgerApi",
    "PayAdjustmentsApi",
    "PayEventsApi",
    "PayPeriodsApi",
    "PayRunsApi",
    "StatementsApi",
]
