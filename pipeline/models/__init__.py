from pipeline.models.activities import Activity
from pipeline.models.bulk_edits import BulkEdit, BulkEditRow
from pipeline.models.deals import (
    CriterionTick,
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityLine,
    OpportunitySplit,
    OpportunityTeamMember,
)
from pipeline.models.hygiene import DealScore, Finding, HygieneCount, HygieneRule, HygieneScore, HygieneStandard
from pipeline.models.hygiene_acts import AskedFinding, DigestMail, DigestPlan, Dismissal, OwnerAsk
from pipeline.models.nightly import (
    DealFact,
    DealMove,
    NightTotal,
    NodeTotal,
    OpportunitySnapshot,
    SnapshotNight,
    TotalsState,
)
from pipeline.models.process import (
    Competitor,
    ListPrice,
    LossReason,
    Product,
    SalesProcess,
    Stage,
    StageCriterion,
)

__all__ = [
    "Activity",
    "BulkEdit",
    "BulkEditRow",
    "AskedFinding",
    "Competitor",
    "CriterionTick",
    "DealScore",
    "DealFact",
    "DealMove",
    "DigestMail",
    "DigestPlan",
    "Dismissal",
    "Finding",
    "HygieneCount",
    "HygieneRule",
    "HygieneScore",
    "HygieneStandard",
    "ListPrice",
    "LossReason",
    "NightTotal",
    "NodeTotal",
    "Opportunity",
    "OpportunityCompetitor",
    "OpportunityContact",
    "OpportunityLine",
    "OpportunitySnapshot",
    "OpportunitySplit",
    "OpportunityTeamMember",
    "OwnerAsk",
    "Product",
    "SalesProcess",
    "SnapshotNight",
    "Stage",
    "StageCriterion",
    "TotalsState",
]
