from compensation.api.disputes import DisputesApi
from compensation.api.statements import StatementsApi

__all__ = ["DisputesApi", "StatementsApi"]
