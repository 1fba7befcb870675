from pipeline.api.activities import ActivitiesApi
from pipeline.api.findings import FindingsApi
from pipeline.api.opportunities import OpportunitiesApi
from pipeline.api.parts import GROUP, LINES, RIVALS, SPLITS, TEAM, CriteriaApi, PartsApi
from pipeline.api.products import PricesApi, ProductsApi
from pipeline.api.reference import CompetitorsApi, LossReasonsApi, StagesApi, TeamsApi

__all__ = [
    "GROUP",
    "LINES",
    "RIVALS",
    "SPLITS",
    "TEAM",
    "ActivitiesApi",
    "CompetitorsApi",
    "CriteriaApi",
    "FindingsApi",
    "LossReasonsApi",
    "OpportunitiesApi",
    "PartsApi",
    "PricesApi",
    "ProductsApi",
    "StagesApi",
    "TeamsApi",
]
