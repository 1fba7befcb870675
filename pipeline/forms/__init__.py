from pipeline.forms.activities import ActivityForm
from pipeline.forms.catalogue import (
    CompetitorForm,
    CriterionForm,
    LossReasonForm,
    PriceForm,
    ProductForm,
    StageForm,
)
from pipeline.forms.deals import DetailsForm, MoveForm, OpportunityForm
from pipeline.forms.parts import PARTS, LinesForm, Part

__all__ = [
    "PARTS",
    "ActivityForm",
    "CompetitorForm",
    "CriterionForm",
    "DetailsForm",
    "LinesForm",
    "LossReasonForm",
    "MoveForm",
    "OpportunityForm",
    "Part",
    "PriceForm",
    "ProductForm",
    "StageForm",
]
