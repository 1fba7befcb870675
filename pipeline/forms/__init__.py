from pipeline.forms.activities import ActivityEditForm, ActivityForm, DueForm, LineForm
from pipeline.forms.catalogue import (
    CompetitorForm,
    CriterionForm,
    LossReasonForm,
    PriceForm,
    ProductForm,
    StageForm,
)
from pipeline.forms.deals import CellForm, DetailsForm, MoveForm, NextStepForm, OpportunityForm
from pipeline.forms.parts import PARTS, LinesForm, Part

__all__ = [
    "CellForm",
    "PARTS",
    "ActivityEditForm",
    "ActivityForm",
    "CompetitorForm",
    "CriterionForm",
    "DetailsForm",
    "DueForm",
    "LineForm",
    "LinesForm",
    "LossReasonForm",
    "MoveForm",
    "NextStepForm",
    "OpportunityForm",
    "Part",
    "PriceForm",
    "ProductForm",
    "StageForm",
]
