from compensation.models.accounting import (
    AccountedRun,
    AccountingApproval,
    AccountingMonth,
    AccountingPolicy,
    ContractCost,
    CostLine,
    CostMonth,
    JournalEntry,
)
from compensation.models.adjustments import Adjustment, CreditHold, ExceptionMark, PayEvent
from compensation.models.credits import Credit, CreditBatch, CreditDoubt, CreditFields, CreditKind
from compensation.models.plans import Acceptance, Assignment, Payee, Plan, PlanComponent, PlanVersion
from compensation.models.runs import (
    LedgerEntry,
    PayeeResult,
    PayPeriod,
    PayRun,
    RunApproval,
    RunLine,
    RunTerms,
)
from compensation.models.simulations import Simulation
from compensation.models.statements import Dispute, DisputeEntry, PaySettings, Statement

__all__ = [
    "AccountedRun",
    "AccountingApproval",
    "AccountingMonth",
    "AccountingPolicy",
    "ContractCost",
    "CostLine",
    "CostMonth",
    "JournalEntry",
    "Acceptance",
    "Adjustment",
    "Assignment",
    "Credit",
    "CreditBatch",
    "CreditDoubt",
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
    "RunTerms",
    "RunLine",
    "Simulation",
    "Statement",
]
