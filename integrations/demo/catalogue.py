"""What the demo company sells: robots by the piece, cells by the line, Fleet OS by the year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

# Units of the reporting currency for one unit, fixed for a fiscal year: newest year first.
PLAN_RATES = {"EUR": (Decimal("1.09"), Decimal("1.06"), Decimal("1.08")),
              "GBP": (Decimal("1.27"), Decimal("1.24"), Decimal("1.25"))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A product: list price in whole dollars, how deals name a number of them, how often it is sold."""

    code: str
    name: str
    family: str
    price: int
    plural: str
    weight: int
    is_recurring: bool = False


OFFERS = (
    Offer("NR-100", "Picking cell", "Cells", 12_500, "picking cells", 20),
    Offer("NR-110", "Kiln loading cell", "Cells", 61_000, "loading cells", 6),
    Offer("NR-120", "Wash-down cell", "Cells", 32_000, "wash-down cells", 8),
    Offer("NR-200", "Palletiser", "Palletising", 24_000, "palletisers", 14),
    Offer("NR-210", "Freezer palletiser", "Palletising", 29_500, "freezer palletisers", 5),
    Offer("NR-300", "Pallet AMR", "Mobile robots", 18_000, "pallet AMRs", 16),
    Offer("NR-310", "Tugger", "Mobile robots", 14_500, "tuggers", 7),
    Offer("NR-320", "Guided cart", "Mobile robots", 9_800, "guided carts", 7),
    Offer("NR-400", "Sorting arm", "Sorting", 8_400, "sorting arms", 7),
    Offer("NR-900", "Fleet OS", "Software", 36_000, "Fleet OS sites", 13, is_recurring=True),
    Offer("NR-910", "Robot care", "Services", 14_000, "Robot care plans", 7, is_recurring=True),
)

# Exit criteria of a stage: (words, field that must be filled; "" = ticked by hand)
CRITERIA: dict[str, tuple[tuple[str, str], ...]] = {
    "Discovery": (("First talk held", "engaged_on"), ("Site and process known", "")),
    "Evaluation": (("Amount known", "amount"), ("Security review passed", "")),
    "Proposal": (("Close date agreed", "expected_close_on"), ("Discount within approved limit", "")),
    "Negotiation": (("Budget owner confirmed", ""), ("Order form sent", "")),
}
