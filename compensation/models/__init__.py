from compensation.models.adjustments import Adjustment, CreditHold, ExceptionMark, PayEvent
from compensation.models.credits import Credit, CreditBatch, CreditFields, CreditKind
from compensation.models.plans import Acceptance, Assignment, Payee, Plan, PlanComponent, PlanVersion
from compensation.models.runs import (
    LedgerEntry,
    PayeeResult,
    PayPeriod,
    PayRun,
    RunApproval,
    RunBatch,
    RunLine,
)
from compensation.models.statements import Dispute, DisputeEntry, PaySettings, Statement

__all__ = [
    "Acceptance",
    "Adjustment",
    "Assignment",
    "Credit",
    "CreditBatch",
    "CreditFields",
    "CreditHold",
    "CreditKind",
    "Dispute",
    "DisputeEntry",
    "ExceptionMark",
    "LedgerEntry",
    "PayEvent",
    "PayPeriod",
    "PayRun",
    "PaySettings",
    "Payee",
    "PayeeResult",
    "Plan",
    "PlanComponent",
    "PlanVersion",
    "RunApproval",
    "RunBatch",
    "RunLine",
    "Statement",
]
