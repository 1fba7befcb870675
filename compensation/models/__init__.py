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

__all__ = [
    "Acceptance",
    "Assignment",
    "Credit",
    "CreditBatch",
    "CreditFields",
    "CreditKind",
    "LedgerEntry",
    "PayPeriod",
    "PayRun",
    "Payee",
    "PayeeResult",
    "Plan",
    "PlanComponent",
    "PlanVersion",
    "RunApproval",
    "RunBatch",
    "RunLine",
]
